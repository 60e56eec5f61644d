import type { Readable } from 'node:stream';

/** One way out. Writes keep their order; awaiting one is what gives back-pressure. */
export interface Output {
  /** Resolves once the text is handed to the operating system; rejects when standard output was closed by its reader. */
  write(text: string | Uint8Array): Promise<void>;
}

/** A note on long work, on stderr and only on a terminal: elsewhere its functions do nothing. */
export interface Progress {
  update(text: string): void;
  stop(): void;
}

/** All terminal input and output of the commands. Data goes to `out`, all else to `err`. */
export interface Streams {
  readonly out: Output;
  readonly err: Output;
  /** Whether stdout is a terminal: without one the output is for machines. */
  readonly isTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** The terminal's width; undefined when stdout is not a terminal, and nothing is to be cut. Read anew at each use. */
  readonly columns: number | undefined;
  /** Whether stdout takes colour. */
  readonly color: boolean;
  /** Whether stderr takes colour. */
  readonly errColor: boolean;
  readonly stdin: Readable;
  readonly stdinIsTerminal: boolean;
  /** Starts a note on long work; call `stop` before writing anything else. */
  progress(text: string): Promise<Progress>;
  /** Asks a yes-or-no question on the terminal (on stderr); anything but yes is no. Call it only when `stdinIsTerminal`. */
  confirm(question: string, signal: AbortSignal): Promise<boolean>;
}
