import type { DescribedTable } from '../../../query/report/describe-store.js';
import type { ReportFormat } from '../../shared/report.js';

/** The actions of `telemetry schema` on registered schemas. Without one, it lists columns. */
export const ACTIONS = ['register', 'list', 'show', 'rm', 'check'] as const;

/** The ways to handle an invalid event. */
export const CHOICES = ['reject', 'tag', 'accept'] as const;

/** The options of `telemetry schema`, settings included. */
export interface SchemaOptions {
  readonly store: string;
  /** The only table to describe; undefined for events and streams. */
  readonly table?: DescribedTable | undefined;
  /** The only type of events to describe. */
  readonly type?: string | undefined;
  /** The value of --format; by default table on a terminal, else json. */
  readonly format: ReportFormat;
}

/** The options of `telemetry schema ACTION`. */
export interface SchemaActionOptions extends SchemaOptions {
  readonly action: (typeof ACTIONS)[number];
  /** The name of a schema; for `check` the file. */
  readonly name: string;
  /** Of the schema to register; `-` is stdin. */
  readonly file: string;
  readonly onInvalid: (typeof CHOICES)[number] | undefined;
}
