import { writeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { isatty } from 'node:tty';
import { FRAME, frame, frameReader, requestEnvironment, type TerminalEnd } from '../../client/query-frames.js';
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
  if (!isQuestion(args)) return undefined;
  const path = findQuerySocket(args, process.env, process.cwd());
  return path === undefined ? undefined : new Question(path, args).answer();
}

/** One command line under way in a query process. */
class Question {
  readonly #socket: Socket;
  readonly #args: readonly string[];
  #hasPrinted = false;
  #code: number | undefined;
  #isInterrupted = false;

  constructor(path: string, args: readonly string[]) {
    this.#socket = connect(path);
    this.#args = args;
  }

  async answer(): Promise<number | undefined> {
    const interrupt = (name: NodeJS.Signals): void => this.#interrupt(name);
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, interrupt);
    const read = frameReader((kind, payload) => this.#take(kind, payload));
    // A socket that nothing listens on is left from a crash; the end says so.
    this.#socket.on('error', () => undefined);
    this.#socket.on('data', read);
    this.#socket.write(frame(FRAME.request, JSON.stringify(this.#request())));
    await new Promise(resolve => this.#socket.once('close', resolve));
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, interrupt);
    if (this.#code !== undefined) return this.#code;
    if (this.#isInterrupted) return EXIT.interrupted;
    if (!this.#hasPrinted) return undefined;
    printError('the query process ended before the answer was complete', 'Run the command again.');
    return EXIT.failure;
  }

  #request(): object {
    const uid = process.getuid?.();
    const [stdout, stderr] = [endOf(1), endOf(2)];
    const env = requestEnvironment(process.env);
    return { version: VERSION, args: this.#args, cwd: process.cwd(), env, uid, stdout, stderr };
  }

  #take(kind: number, payload: Buffer): void {
    switch (kind) {
      case FRAME.out:
        this.#print(1, payload);
        break;
      case FRAME.err:
        this.#print(2, payload);
        break;
      case FRAME.exit:
        this.#code ??= payload[0]!;
        break;
    }
  }

  #print(descriptor: 1 | 2, bytes: Buffer): void {
    this.#hasPrinted = true;
    if (this.#code !== undefined) return;
    try {
      writeAll(descriptor, bytes);
    } catch (error) {
      // An error of stderr cannot be reported anywhere.
      if (descriptor === 2) return;
      // The reader of a pipe has gone: the rest is not wanted.
      this.#code = codeOf(error) === 'EPIPE' ? EXIT.ok : EXIT.failure;
      if (this.#code === EXIT.failure) printError(`cannot write the output: ${messageOf(error)}`);
      this.#socket.destroy();
    }
  }

  /** The first signal interrupts the question, the second ends this process as it would without a handler. */
  #interrupt(name: NodeJS.Signals): void {
    if (this.#isInterrupted) {
      process.removeAllListeners(name);
      process.kill(process.pid, name);
    }
    this.#isInterrupted = true;
    this.#socket.write(frame(FRAME.interrupt));
  }
}

function endOf(descriptor: 1 | 2): TerminalEnd {
  if (!isatty(descriptor)) return { isTTY: false, columns: 0 };
  const { columns = 0 } = descriptor === 1 ? process.stdout : process.stderr;
  return { isTTY: true, columns };
}

function printError(message: string, remedy?: string): void {
  writeAll(2, Buffer.from(`telemetry: ${message}\n${remedy === undefined ? '' : `${remedy}\n`}`));
}

/** Writes all bytes, as Node does for files, terminals and pipes. A pipe that another program made may not block. */
function writeAll(descriptor: 1 | 2, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_PAUSE_MS);
    }
  }
}
