import type { Readable, Writable } from 'node:stream';
import { codeOf, messageOf, TelemetryError } from '../../core/errors.js';

/** An output stream. Writes keep their order; awaiting them applies back-pressure. */
export interface Output {
  /**
   * Resolves once the operating system has accepted the text. Rejects with EPIPE after the reader has closed the pipe.
   */
  write(text: string | Uint8Array): Promise<void>;
}

/** A progress note on stderr. Without a terminal that can redraw a line, its functions do nothing. */
export interface Progress {
  /** The width available for the text. */
  readonly columns: number;
  update(text: string): void;
  stop(): void;
}

/** All terminal input and output of the commands: data to `out`, everything else to `err`. */
export interface Streams {
  readonly out: Output;
  readonly err: Output;
  /** True when stdout is a terminal; otherwise the output is for programs. */
  readonly isTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** True when stderr is a terminal that can redraw a line: one with a size that interprets escape sequences. */
  readonly canRedraw: boolean;
  /** The current width of the terminal; undefined when stdout is not a terminal and no line may be cut. */
  readonly columns: number | undefined;
  /** The current height of the terminal in lines; undefined when stdout is not a terminal. */
  readonly rows: number | undefined;
  /** True when stdout is a terminal that can redraw its lines. */
  readonly outCanRedraw: boolean;
  /** The width of stderr, as `columns`. */
  readonly errColumns: number | undefined;
  /** True when stdout shows colours. */
  readonly color: boolean;
  /** True when stderr shows colours. */
  readonly errColor: boolean;
  readonly stdin: Readable;
  /** The terminal of stdin and stdout, for an editor of lines; undefined where either is a file or a pipe. */
  readonly terminal: Terminal | undefined;
  readonly stdinIsTerminal: boolean;
  /** True once the reader has closed stdout. Not a failure: it does not want the rest. */
  readonly outClosed: boolean;
  /** Shows a progress note. Call `stop` before writing anything else. */
  progress(text: string): Promise<Progress>;
  /**
   * Asks a yes-or-no question on the terminal (on stderr); anything but yes is no. Call it only when `stdinIsTerminal`.
   */
  confirm(question: string, signal: AbortSignal): Promise<boolean>;
}

type Env = Readonly<Record<string, string | undefined>>;
type Stdin = Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };
type Stdout = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** A terminal that a person types at. */
export interface Terminal {
  readonly input: Stdin;
  readonly output: Stdout;
}

/** The assumed width of a terminal that does not report one. */
export const USUAL_COLUMNS = 80;

/** The assumed height of a terminal that does not report one. */
export const USUAL_ROWS = 24;

/** The width of the spinner and the blank behind it. */
const SPINNER_COLUMNS = 2;

/** The streams of this process, or ones like them. */
export function createStreams(io: { stdin: Stdin; stdout: Stdout; stderr: Stdout }, env: Env): Streams {
  const { stdin, stdout, stderr } = io;
  const isTerminal = stdout.isTTY === true;
  const errIsTerminal = stderr.isTTY === true;
  let outClosed = false;
  const noteClosed = (error: Error): void => void (outClosed ||= codeOf(error) === 'EPIPE');
  // Without listeners, a closed pipe would end the process with a stack trace. write() reports it to its caller.
  stdout.on('error', noteClosed);
  stderr.on('error', () => undefined);
  return {
    out: outputTo(stdout, (error, fail) => {
      noteClosed(error);
      fail(codeOf(error) === 'EPIPE' ? error : unwritable(error));
    }),
    // An error of stderr cannot be reported anywhere.
    err: outputTo(stderr, (_error, _fail, done) => done()),
    isTerminal,
    errIsTerminal,
    get columns() {
      return isTerminal ? widthOf(stdout) : undefined;
    },
    get rows() {
      return isTerminal ? (stdout.rows ?? 0) || USUAL_ROWS : undefined;
    },
    get outCanRedraw() {
      return canRedraw(stdout, env);
    },
    get errColumns() {
      return errIsTerminal ? widthOf(stderr) : undefined;
    },
    color: takesColor(isTerminal, env),
    errColor: takesColor(errIsTerminal, env),
    stdin,
    terminal: isTerminal && stdin.isTTY === true ? { input: stdin, output: stdout } : undefined,
    stdinIsTerminal: stdin.isTTY === true,
    get outClosed() {
      return outClosed;
    },
    get canRedraw() {
      return canRedraw(stderr, env);
    },
    progress: text =>
      canRedraw(stderr, env) ? spinner(text, stderr, takesColor(errIsTerminal, env)) : Promise.resolve(SILENT),
    confirm: (question, signal) => confirm(question, stdin, stderr, signal),
  };
}

/** False for TERM=dumb and for a terminal of 0 columns, on which ora would print lines, or loop when clearing them. */
function canRedraw({ isTTY, columns = 0 }: Stdout, { TERM }: Env): boolean {
  return isTTY === true && columns > 0 && TERM !== 'dumb';
}

function widthOf({ columns = 0 }: Stdout): number {
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

/** Checks FORCE_COLOR, NO_COLOR and the terminal, in the order of Node. */
export function takesColor(isTerminal: boolean, env: Env): boolean {
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTerminal && !env.NO_COLOR && env.TERM !== 'dumb';
}

async function spinner(text: string, stream: Stdout, isColored: boolean): Promise<Progress> {
  const { default: ora } = await import('ora');
  // Keeps stdin out of raw mode, so that Ctrl-C still raises a signal.
  // Enabled explicitly, since ora would print the text as a line where the variable CI is set.
  const note = ora({ text, stream, discardStdin: false, isEnabled: true, ...(!isColored && { color: false }) }).start();
  return {
    get columns() {
      return widthOf(stream) - SPINNER_COLUMNS;
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
    if (answer === undefined) output.write('\n'); // Ctrl-D leaves the cursor after the question
    return /^y(es)?$/i.test(answer?.trim() ?? '');
  } finally {
    lines.close();
  }
}
