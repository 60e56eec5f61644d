import type { Micros } from '../../../core/duration.js';
import type { ReportFormat } from '../../shared/report.js';

/** The actions of `telemetry alert`, with their arguments, as people would write them. */
export const ACTIONS = {
  create: ['NAME'],
  list: [],
  show: ['NAME|ID'],
  rm: ['NAME'],
  ack: ['NAME|ID'],
  unack: ['NAME|ID'],
  assign: ['NAME|ID', 'PERSON'],
  resolve: ['NAME|ID'],
  note: ['NAME|ID', 'TEXT'],
  mute: ['NAME'],
  unmute: ['NAME'],
  explain: ['NAME'],
  evaluate: ['[NAME...]'],
  replay: ['NAME'],
  import: ['FILE'],
  export: ['[NAME...]'],
  check: ['FILE'],
  test: ['FILE...'],
  channel: ['set NAME SETTING | list | rm NAME'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** An action of `telemetry alert`. */
export type AlertAction = keyof typeof ACTIONS;

/** The options of `telemetry alert`, settings included. */
export interface AlertOptions {
  readonly action: AlertAction;
  readonly args: readonly string[];
  readonly store: string;
  /** The value of --format; undefined when not given. */
  readonly format: ReportFormat | undefined;
  /** The fields of a rule to create. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly replaces: boolean;
  readonly allowsExec: boolean;
  readonly allowsPrivateTargets: boolean;
  readonly showsSecrets: boolean;
  /** The person who acts; by default the user of the system. */
  readonly by: string | undefined;
  readonly note: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** The end of an acknowledgement, a mute or a replay. */
  readonly until: Micros | undefined;
  /** The start of a replay. */
  readonly since: Micros | undefined;
  /** The interval of a replay, in milliseconds. */
  readonly every: number | undefined;
  /** True to send no notifications. */
  readonly sendsNone: boolean;
}
