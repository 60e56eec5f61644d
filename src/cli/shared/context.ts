import type { Command } from 'commander';
import type { Flags, Settings } from '../config/resolve.js';
import type { ReadyStores } from '../../query/ready-stores.js';
import type { Streams } from './streams.js';

/** The environment of a command: streams, signals, variables, clock and settings. */
export interface Context {
  readonly streams: Streams;
  /** Aborted by the first SIGINT or SIGTERM; the second ends the process. */
  readonly signal: AbortSignal;
  /** Calls back on each SIGHUP, which otherwise ends the process. */
  readonly onHangUp: (callback: () => void) => void;
  /** Replaces the handlers of all signals that `telemetry run` passes on. */
  readonly takeSignals: (callback: (name: NodeJS.Signals) => void) => void;
  /** Sets the exit code of a command that succeeds; 0 without a call. */
  readonly exitWith: (code: number) => void;
  /** True where this process can be ended in the middle of native code and the exit code still reaches the user. */
  readonly mayEndInNativeCode: boolean;
  /** The source of the DuckDB of queries, in a process that answers many; undefined elsewhere. */
  readonly readyStores?: ReadyStores | undefined;
  /** Called when a tail has printed what there is; undefined where it is of no interest. */
  readonly onCaughtUp?: () => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The present, in milliseconds since 1970. */
  now(): number;
  /** The settings, with the flags of this command on top. The options of a command already hold those that it uses. */
  readonly settings: Settings;
  /**
   * Runs another command line in this process. Never rejects: errors are reported on its stderr.
   * @param changes what differs from this command's surroundings.
   */
  readonly runOther: (args: readonly string[], changes: Partial<Surroundings>) => Promise<Ending>;
}

/** The surroundings of a command line: everything of its {@link Context} that the command itself does not decide. */
export interface Surroundings extends Omit<Context, 'settings' | 'exitWith' | 'runOther'> {
  /** Called with the settings before the command runs; may throw. */
  readonly onSettings?: (settings: Settings) => void;
}

/** The end of a command line. */
export interface Ending {
  readonly code: number;
  /** The error that ended it, already reported on stderr. */
  readonly error?: unknown;
}

/** Creates the context of a command from its flags. Reads the config files. */
export type Start = (flags: Flags) => Promise<Context>;

/** A command line that a user can paste, and its purpose. */
export interface Example {
  readonly line: string;
  readonly purpose: string;
}

/** A command with its examples and notes, for --help, the man pages and docs/reference. */
export interface Manual {
  readonly command: Command;
  readonly examples: readonly Example[];
  /** Further paragraphs of the man page. --help omits them. */
  readonly notes?: readonly string[];
}
