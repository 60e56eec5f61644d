import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { FRAME, frame, type FrameKind, type QueryRequest } from '../../client/query-frames.js';
import { takesColor, USUAL_COLUMNS, type Output, type Progress, type Streams } from '../shared/streams.js';

/** The longest payload of a frame of output, in bytes: about a chunk of a socket, so that a reader joins at most two. */
const MAX_OUTPUT_BYTES = 64 * 1024;

/** The streams of a command line whose client is at the other end of a socket, with the terminal of the client. */
export class SocketStreams implements Streams {
  readonly out: Output = { write: text => this.#write(FRAME.out, text) };
  readonly err: Output = { write: text => this.#write(FRAME.err, text) };
  readonly isTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly canRedraw = false;
  readonly outCanRedraw = false;
  /** Charts and watched queries, which need it, run in the process of the terminal. */
  readonly rows = undefined;
  readonly columns: number | undefined;
  readonly errColumns: number | undefined;
  readonly color: boolean;
  readonly errColor: boolean;
  readonly stdinIsTerminal = false;
  readonly terminal = undefined;
  readonly #socket: Socket;
  #declined: string | undefined;

  constructor({ stdout, stderr, env }: QueryRequest, socket: Socket) {
    this.#socket = socket;
    this.isTerminal = stdout.isTTY;
    this.errIsTerminal = stderr.isTTY;
    this.columns = stdout.isTTY ? stdout.columns || USUAL_COLUMNS : undefined;
    this.errColumns = stderr.isTTY ? stderr.columns || USUAL_COLUMNS : undefined;
    this.color = takesColor(stdout.isTTY, env);
    this.errColor = takesColor(stderr.isTTY, env);
  }

  get outClosed(): boolean {
    return this.#socket.destroyed;
  }

  /** The reason why the client has to run the command line itself; undefined without one. */
  get declined(): string | undefined {
    return this.#declined;
  }

  /** The client's stdin is not here: a command that reads it is declined, and ends on an empty one. */
  get stdin(): Readable {
    this.decline('it reads stdin');
    return Readable.from([]);
  }

  /** Declines the command line; nothing that it prints reaches the client. Call it before the first output. */
  decline(reason: string): void {
    this.#declined ??= reason;
  }

  progress(): Promise<Progress> {
    return Promise.resolve({ columns: Infinity, update: () => undefined, stop: () => undefined });
  }

  confirm(): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** Tells the client that a tail has printed what there is. */
  caughtUp(): void {
    this.#socket.write(frame(FRAME.caughtUp));
  }

  /** Sends the exit code, or the reason of a decline, and ends the connection. */
  async end(code: number): Promise<void> {
    const last =
      this.#declined === undefined ? frame(FRAME.exit, Uint8Array.of(code)) : frame(FRAME.decline, this.#declined);
    await new Promise<void>(resolve => {
      if (this.#socket.destroyed) resolve();
      this.#socket.once('close', () => resolve());
      this.#socket.end(last, () => resolve());
    });
  }

  async #write(kind: FrameKind, text: string | Uint8Array): Promise<void> {
    if (this.#declined !== undefined) return;
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    for (let at = 0; at < bytes.length; at += MAX_OUTPUT_BYTES) {
      await this.#send(frame(kind, bytes.subarray(at, at + MAX_OUTPUT_BYTES)));
    }
  }

  #send(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, error => (error ? reject(clientGone()) : resolve()));
    });
  }
}

function clientGone(): Error {
  return Object.assign(new Error('the client has gone'), { code: 'EPIPE' });
}
