import type { Command } from 'commander';
import type { Flags, Settings } from '../config/resolve.js';
import type { Streams } from './streams.js';

/** What a command is handed: the world as far as it may touch it. */
export interface Context {
  readonly streams: Streams;
  /** Aborted by the first SIGINT or SIGTERM; the second ends the process. */
  readonly signal: AbortSignal;
  /** Calls back at each SIGHUP, which otherwise ends the process. */
  readonly onHangUp: (callback: () => void) => void;
  /** Calls back at each signal that asks something of the process, instead of what they do otherwise. */
  readonly takeSignals: (callback: (name: NodeJS.Signals) => void) => void;
  /** The exit code when the command ends well, instead of 0: that of a program that it ran. */
  readonly exitWith: (code: number) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The present, in milliseconds since 1970. */
  now(): number;
  /** The settings with this command's flags on top. What a command needs of them is already in its options. */
  readonly settings: Settings;
}

/** Makes the context of a command from the flags that were given to it. Reads the config files. */
export type Start = (flags: Flags) => Promise<Context>;

/** One line that a user can paste, and what it is for. */
export interface Example {
  readonly line: string;
  readonly purpose: string;
}

/** A command with what commander does not keep: for --help and the man pages. */
export interface Manual {
  readonly command: Command;
  readonly examples: readonly Example[];
  /** Paragraphs that say more than the summary does. */
  readonly notes?: readonly string[];
}
