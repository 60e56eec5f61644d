import { isatty } from 'node:tty';
import { requestEnvironment, type QueryRequest, type TerminalEnd } from '../../client/query-frames.js';
import { Question, type QuestionOutput } from '../../client/question.js';
import { codeOf, EXIT, messageOf } from '../../core/errors.js';
import { VERSION } from '../shared/version.js';
import { isQuestion } from './eligible.js';
import { findQuerySocket } from './find-socket.js';

/**
 * Lets a query process of the store's server run this command line, and passes its output on. Loads neither DuckDB nor
 * SQLite, nor the commands.
 * @returns the exit code; undefined when this process has to run the command itself: nothing is printed then.
 */
export async function askServer(args: readonly string[]): Promise<number | undefined> {
  const cwd = isQuestion(args) ? workingDirectory() : undefined;
  const path = cwd === undefined ? undefined : findQuerySocket(args, process.env, cwd);
  if (cwd === undefined || path === undefined) return undefined;
  const printer = new Printer(() => question);
  const question: Question = new Question(path, requestOf(args, cwd), printer);
  const interrupts = new Interrupts(() => {
    printer.stop();
    question.interrupt();
  });
  const outcome = await question.outcome;
  const code = await printer.flushed();
  interrupts.stop();
  if (code !== undefined) return code;
  if (interrupts.isInterrupted) return EXIT.interrupted;
  if (outcome.kind === 'exit') return outcome.code;
  if (!printer.hasPrinted) return undefined;
  process.stderr.write('telemetry: the query process ended before the answer was complete\nRun the command again.\n');
  return EXIT.failure;
}

/** Undefined for a directory that no longer exists, which the command reports. */
function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

function requestOf(args: readonly string[], cwd: string): QueryRequest {
  return {
    version: VERSION,
    args,
    cwd,
    env: requestEnvironment(process.env),
    uid: process.getuid?.(),
    stdout: endOf(1),
    stderr: endOf(2),
  };
}

function endOf(descriptor: 1 | 2): TerminalEnd {
  if (!isatty(descriptor)) return { isTTY: false, columns: 0 };
  return { isTTY: true, columns: (descriptor === 1 ? process.stdout : process.stderr).columns };
}

/** Prints the output of a question; a slow reader slows the query. */
class Printer implements QuestionOutput {
  readonly #question: () => Question;
  /** The writes under way. */
  readonly #pending = { out: 0, err: 0 };
  #hasPrinted = false;
  #isStopped = false;
  #code: number | undefined;
  #onWritten: () => void = () => undefined;

  /** @param question that is paused while a reader is slow. */
  constructor(question: () => Question) {
    this.#question = question;
  }

  get hasPrinted(): boolean {
    return this.#hasPrinted;
  }

  out(bytes: Buffer): void {
    if (!this.#isStopped && !this.#write('out', process.stdout, bytes)) this.#question().pause();
  }

  err(bytes: Buffer): void {
    this.#write('err', process.stderr, bytes);
  }

  /**
   * Drops further rows, so that an interrupted question ends even where the reader of its output has stopped reading.
   */
  stop(): void {
    this.#isStopped = true;
    this.#question().resume();
    this.#onWritten();
  }

  /** Waits until all is written. Returns the exit code of a failed write; undefined without one. */
  async flushed(): Promise<number | undefined> {
    while (this.#pending.err > 0 || (this.#pending.out > 0 && !this.#isStopped)) {
      await new Promise<void>(resolve => (this.#onWritten = resolve));
    }
    return this.#code;
  }

  /** @returns false while the reader is slow. */
  #write(name: 'out' | 'err', stream: NodeJS.WriteStream, bytes: Buffer): boolean {
    if (!this.#hasPrinted) this.#watch();
    this.#hasPrinted = true;
    this.#pending[name]++;
    // A copy, since the bytes are valid during the call only.
    return stream.write(Buffer.from(bytes), () => {
      this.#pending[name]--;
      if (name === 'out' && this.#pending.out === 0) this.#question().resume();
      this.#onWritten();
    });
  }

  #watch(): void {
    process.stdout.on('error', error => {
      // EPIPE means that the reader has gone: the rest is not wanted.
      this.#code ??= codeOf(error) === 'EPIPE' ? EXIT.ok : EXIT.failure;
      if (this.#code === EXIT.failure) {
        process.stderr.write(`telemetry: cannot write the output: ${messageOf(error)}\n`);
      }
      this.#isStopped = true;
      this.#question().abandon();
    });
    // An error of stderr cannot be reported anywhere.
    process.stderr.on('error', () => undefined);
  }
}

/** Calls back on the first SIGINT or SIGTERM. The second ends this process, as it would without a handler. */
class Interrupts {
  readonly #interrupt: () => void;
  readonly #handle = (name: NodeJS.Signals): void => this.#take(name);
  #isInterrupted = false;

  constructor(interrupt: () => void) {
    this.#interrupt = interrupt;
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, this.#handle);
  }

  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  stop(): void {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, this.#handle);
  }

  #take(name: NodeJS.Signals): void {
    if (this.#isInterrupted) {
      this.stop();
      process.kill(process.pid, name);
    }
    this.#isInterrupted = true;
    this.#interrupt();
  }
}
