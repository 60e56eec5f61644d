import type { Readable, Writable } from 'node:stream';
import { codeOf, messageOf, TelemetryError } from '../../core/errors.js';

/** One way out. Writes keep their order; awaiting one is what gives back-pressure. */
export interface Output {
  /** Resolves once the text is handed to the operating system; rejects with EPIPE when its reader has gone. */
  write(text: string | Uint8Array): Promise<void>;
}

/** A note on long work, on stderr and only on a terminal: elsewhere its functions do nothing. */
export interface Progress {
  /** How much there is room for in a line. */
  readonly columns: number;
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
  /** The same of stderr. */
  readonly errColumns: number | undefined;
  /** Whether stdout takes colour. */
  readonly color: boolean;
  /** Whether stderr takes colour. */
  readonly errColor: boolean;
  readonly stdin: Readable;
  readonly stdinIsTerminal: boolean;
  /** Whether whoever read stdout has gone: not a failure, the rest is not wanted. */
  readonly outClosed: boolean;
  /** Starts a note on long work; call `stop` before writing anything else. */
  progress(text: string): Promise<Progress>;
  /** Asks a yes-or-no question on the terminal (on stderr); anything but yes is no. Call it only when `stdinIsTerminal`. */
  confirm(question: string, signal: AbortSignal): Promise<boolean>;
}

type Env = Readonly<Record<string, string | undefined>>;
type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** A terminal that does not know its width is taken to be this wide. */
const USUAL_COLUMNS = 80;

/** What turns before a note, and a blank. */
const SIGN_COLUMNS = 2;

/** The streams of this process, or ones like them. */
export function createStreams(
  io: { stdin: Readable & { isTTY?: boolean }; stdout: Terminal; stderr: Terminal },
  env: Env,
): Streams {
  const { stdin, stdout, stderr } = io;
  const isTerminal = stdout.isTTY === true;
  const errIsTerminal = stderr.isTTY === true;
  let outClosed = false;
  const noteClosed = (error: Error): void => void (outClosed ||= codeOf(error) === 'EPIPE');
  // Without listeners a closed pipe would end the process with a stack trace; write() reports it to who wrote.
  stdout.on('error', noteClosed);
  stderr.on('error', () => undefined);
  return {
    out: outputTo(stdout, (error, fail) => {
      noteClosed(error);
      fail(codeOf(error) === 'EPIPE' ? error : unwritable(error));
    }),
    // When stderr cannot be written there is nobody left to tell.
    err: outputTo(stderr, (_error, _fail, done) => done()),
    isTerminal,
    errIsTerminal,
    get columns() {
      return isTerminal ? widthOf(stdout) : undefined;
    },
    get errColumns() {
      return errIsTerminal ? widthOf(stderr) : undefined;
    },
    color: takesColor(isTerminal, env),
    errColor: takesColor(errIsTerminal, env),
    stdin,
    stdinIsTerminal: stdin.isTTY === true,
    get outClosed() {
      return outClosed;
    },
    progress: text => (errIsTerminal ? spinner(text, stderr, takesColor(errIsTerminal, env)) : Promise.resolve(SILENT)),
    confirm: (question, signal) => confirm(question, stdin, stderr, signal),
  };
}

function widthOf({ columns = 0 }: Terminal): number {
  return columns > 0 ? columns : USUAL_COLUMNS;
}

const SILENT: Progress = { columns: Infinity, update: () => undefined, stop: () => undefined };

function unwritable(error: Error): TelemetryError {
  return new TelemetryError('failure', `cannot write the output: ${messageOf(error)}`, { cause: error });
}

function outputTo(
  stream: Writable,
  onError: (error: Error, fail: (error: Error) => void, done: () => void) => void,
): Output {
  return {
    write: text =>
      new Promise((resolve, reject) => {
        stream.write(text, error => (error ? onError(error, reject, resolve) : resolve()));
      }),
  };
}

/** FORCE_COLOR, then NO_COLOR, then whether it is a terminal that can: the order that Node itself keeps. */
function takesColor(isTerminal: boolean, env: Env): boolean {
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTerminal && !env.NO_COLOR && env.TERM !== 'dumb';
}

async function spinner(text: string, stream: Terminal, isColored: boolean): Promise<Progress> {
  const { default: ora } = await import('ora');
  // stdin stays as it is, so that Ctrl-C is still a signal.
  const note = ora({ text, stream, discardStdin: false, ...(!isColored && { color: false }) }).start();
  return {
    get columns() {
      return widthOf(stream) - SIGN_COLUMNS;
    },
    update: news => (note.text = news),
    stop: () => void note.stop(),
  };
}

async function confirm(question: string, input: Readable, output: Writable, signal: AbortSignal): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  // terminal: false leaves Ctrl-C to the signal handlers.
  const lines = createInterface({ input, output, terminal: false });
  const ended = new Promise<undefined>(resolve => lines.once('close', () => resolve(undefined)));
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal }), ended]);
    if (answer === undefined) output.write('\n'); // Ctrl-D leaves the cursor behind the question
    return /^y(es)?$/i.test(answer?.trim() ?? '');
  } finally {
    lines.close();
  }
}
