import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { requestEnvironment, type QueryRequest, type TerminalEnd } from '../../client/query-frames.js';
import { Question } from '../../client/question.js';
import { codeOf, EXIT, messageOf } from '../../core/errors.js';
import { VERSION } from '../shared/version.js';
import { isQuestion } from './eligible.js';
import { findQuerySocket } from './find-socket.js';

/** Pause before a write to a full pipe that does not block is tried again, in milliseconds. */
const FULL_PIPE_PAUSE_MS = 1;

/**
 * Lets a query process of the store's server run this command line, and passes its output on. Loads neither DuckDB nor
 * SQLite, nor the commands.
 * @returns the exit code; undefined when this process has to run the command itself: nothing is printed then.
 */
export async function askServer(args: readonly string[]): Promise<number | undefined> {
  const cwd = isQuestion(args) ? workingDirectory() : undefined;
  const path = cwd === undefined ? undefined : findQuerySocket(args, process.env, cwd);
  if (cwd === undefined || path === undefined) return undefined;
  const printer = new Printer();
  const question = new Question(path, requestOf(args, cwd), {
    out: bytes => printer.print(bytes) || question.abandon(),
    err: bytes => printer.printError(bytes),
  });
  const interrupts = new Interrupts(question);
  const outcome = await question.outcome;
  interrupts.stop();
  if (printer.code !== undefined) return printer.code;
  if (outcome.kind === 'exit') return outcome.code;
  if (interrupts.isInterrupted) return EXIT.interrupted;
  if (!printer.hasPrinted) return undefined;
  writeAll(2, 'telemetry: the query process ended before the answer was complete\nRun the command again.\n');
  return EXIT.failure;
}

/** Undefined for a directory that is gone: the command says so. */
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

/** Prints the output of a question. */
class Printer {
  #hasPrinted = false;
  #code: number | undefined;

  get hasPrinted(): boolean {
    return this.#hasPrinted;
  }

  /** The exit code after a failed write; undefined without one. */
  get code(): number | undefined {
    return this.#code;
  }

  /** Returns false when the rest is not wanted, or cannot be written. */
  print(bytes: Uint8Array): boolean {
    this.#hasPrinted = true;
    if (this.#code !== undefined) return false;
    try {
      writeAll(1, bytes);
      return true;
    } catch (error) {
      // EPIPE means that the reader has gone: the rest is not wanted.
      this.#code = codeOf(error) === 'EPIPE' ? EXIT.ok : EXIT.failure;
      if (this.#code === EXIT.failure) writeAll(2, `telemetry: cannot write the output: ${messageOf(error)}\n`);
      return false;
    }
  }

  printError(bytes: Uint8Array): void {
    this.#hasPrinted = true;
    try {
      writeAll(2, bytes);
    } catch {
      // An error of stderr cannot be reported anywhere.
    }
  }
}

/** Passes the first SIGINT or SIGTERM on to a question. The second ends this process, as it would without a handler. */
class Interrupts {
  readonly #question: Question;
  readonly #handle = (name: NodeJS.Signals): void => this.#take(name);
  #isInterrupted = false;

  constructor(question: Question) {
    this.#question = question;
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
    this.#question.interrupt();
  }
}

/** Writes all bytes, as Node does for files, terminals and pipes. A pipe that another program made may not block. */
function writeAll(descriptor: 1 | 2, output: Uint8Array | string): void {
  const bytes = typeof output === 'string' ? Buffer.from(output) : output;
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_PAUSE_MS);
    }
  }
}
