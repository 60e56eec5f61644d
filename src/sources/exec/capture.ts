import type { PostEvents } from '../../client/source.js';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { ONCE } from '../../core/source.js';
import { pause } from '../../core/sleep.js';
import { SourceSender } from '../shared/source-sender.js';
import { lineEvents, type CommandInfo } from './line-event.js';
import { OutputLines } from './output-lines.js';

/** Lines gather this long before they are sent: a commit costs the same for one event and for many. */
const GATHER_MS = 50;

/** A batch of this size is sent without waiting for {@link GATHER_MS}. */
const FULL_BATCH_BYTES = 256 * 1024;

/** The command is paused while more than this waits to be sent: half a second of output at 100,000 lines/s. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** Room in an event for the members besides its text. */
const MEMBERS_BYTES = 512;

/** Options of a capture. */
export interface CaptureOptions extends CommandInfo {
  /** Stores events. Events gather in memory until it resolves. */
  readonly post: Promise<PostEvents>;
  /** In bytes. */
  readonly maxEventBytes: number;
  /** Gives up sending. */
  readonly signal: AbortSignal;
  /** Called once when storing fails, with the reason. */
  readonly onLost: (error: Error) => void;
}

/** One of the command's two outputs. */
export interface CapturedStream {
  take(chunk: Buffer): void;
  /** Ends the output: no chunk follows. */
  end(): void;
}

/** The result of a capture. */
export interface CaptureOutcome {
  /** Events that could not be stored. */
  readonly lost: number;
  /** Events that the server refused, and the reason of the first. */
  readonly refused: number;
  readonly refusal: string | undefined;
}

/** A capture of what a command prints. The command keeps running when storing fails. */
export class Capture {
  readonly #options: CaptureOptions;
  readonly #finishing = new AbortController();
  readonly #sender: SourceSender;
  #refused = 0;
  #refusal: string | undefined;
  /** Events in total, and those of them that are stored or refused. */
  #taken = 0;
  #settled = 0;
  /** Bytes that wait for the next POST. */
  #waiting = 0;
  #isLost = false;
  #sending: Promise<void> | undefined;
  #full = new AbortController();
  #onRoom: (() => void)[] = [];

  constructor(options: CaptureOptions) {
    this.#options = options;
    this.#sender = new SourceSender(
      // A sender over the network gives the source a unique name.
      { source: ONCE, at: 0, checkpoint: '', stored: 0 },
      {
        post: async events => (await options.post)(events),
        onRefused: (_, { message }) => {
          this.#refused++;
          this.#refusal ??= message;
        },
      },
    );
    options.signal.addEventListener('abort', () => {
      this.#isLost = true;
      this.#resume();
    });
  }

  /** Begins to capture an output of the command. */
  open(stream: 'stdout' | 'stderr'): CapturedStream {
    const { maxEventBytes } = this.#options;
    let time = '';
    const events = lineEvents({ ...this.#options, stream, onEvent: event => this.add(event) });
    const onLine = (line: Buffer, isEnd: boolean): void => {
      if (this.#isLost) this.#taken++;
      else events(line, isEnd, time);
    };
    const lines = new OutputLines(onLine, Math.max(maxEventBytes >> 1, maxEventBytes - MEMBERS_BYTES));
    return {
      take(chunk) {
        time = new Date().toISOString();
        lines.write(chunk);
      },
      end: () => lines.end(),
    };
  }

  /** Adds an event after those already taken. */
  add(event: Buffer): void {
    this.#taken++;
    if (this.#isLost) return;
    this.#sender.sink(event, 0, event.length);
    this.#waiting += event.length;
    if (this.#waiting > FULL_BATCH_BYTES) this.#full.abort();
    this.#sending ??= this.#send();
  }

  /** Resolves once the command may print more: at once, unless too many bytes wait to be sent. */
  async room(): Promise<void> {
    if (this.#waiting <= MAX_WAITING_BYTES || this.#isLost) return;
    await new Promise<void>(resolve => this.#onRoom.push(resolve));
  }

  /** Resolves when every event is on disk or given up. Never rejects. */
  async finish(): Promise<CaptureOutcome> {
    const { signal } = this.#options;
    this.#finishing.abort();
    const givenUp = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()));
    while (this.#sending && !signal.aborted) await Promise.race([this.#sending, givenUp]);
    return { lost: this.#taken - this.#settled, refused: this.#refused, refusal: this.#refusal };
  }

  async #send(): Promise<void> {
    const { post, onLost } = this.#options;
    try {
      await post;
      while (!this.#sender.isEmpty) {
        if (this.#waiting <= FULL_BATCH_BYTES) {
          await pause(GATHER_MS, AbortSignal.any([this.#full.signal, this.#finishing.signal]));
        }
        this.#full = new AbortController();
        this.#waiting = 0;
        const upTo = this.#taken;
        await this.#sender.flush('');
        this.#settled = upTo;
        this.#resume();
      }
    } catch (error) {
      this.#isLost = true;
      onLost(error instanceof TelemetryError ? error : new Error(messageOf(error), { cause: error }));
      this.#resume();
    }
    this.#sending = undefined;
  }

  /** Resolves the waits for room. */
  #resume(): void {
    const callbacks = this.#onRoom;
    this.#onRoom = [];
    for (const callback of callbacks) callback();
  }
}
