import type { PostEvents } from '../../client/source.js';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { ONCE } from '../../core/source.js';
import { pause } from '../../core/sleep.js';
import { createSourceSender } from '../shared/source-sender.js';
import { lineEvents, type CommandInfo } from './line-event.js';
import { outputLines } from './output-lines.js';

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

/** A capture of what a command prints. The command keeps running when storing fails. */
export interface Capture {
  open(stream: 'stdout' | 'stderr'): CapturedStream;
  /** Adds an event after those already taken. */
  add(event: Buffer): void;
  /** Resolves once the command may print more: at once, unless too many bytes wait to be sent. */
  room(): Promise<void>;
  /** Resolves when every event is on disk or given up. Never rejects. */
  finish(): Promise<CaptureOutcome>;
}

/** The result of a capture. */
export interface CaptureOutcome {
  /** Events that could not be stored. */
  readonly lost: number;
  /** Events that the server refused, and the reason of the first. */
  readonly refused: number;
  readonly refusal: string | undefined;
}

/** Starts a capture. */
export function openCapture({ post, signal, onLost, maxEventBytes, ...meta }: CaptureOptions): Capture {
  const finishing = new AbortController();
  const sender = createSourceSender(
    // A sender over the network gives the source a unique name.
    { source: ONCE, at: 0, checkpoint: '', stored: 0 },
    {
      post: async events => (await post)(events),
      onRefused(_, { message }) {
        refused++;
        refusal ??= message;
      },
    },
  );
  let refused = 0;
  let refusal: string | undefined;
  /** Events in total, and those of them that are stored or refused. */
  let taken = 0;
  let settled = 0;
  /** Bytes that wait for the next POST. */
  let waiting = 0;
  let isLost = false;
  let sending: Promise<void> | undefined;
  let full = new AbortController();
  let onRoom: (() => void)[] = [];

  function add(event: Buffer): void {
    taken++;
    if (isLost) return;
    sender.sink(event, 0, event.length);
    waiting += event.length;
    if (waiting > FULL_BATCH_BYTES) full.abort();
    sending ??= send();
  }

  async function send(): Promise<void> {
    try {
      await post;
      while (!sender.isEmpty) {
        if (waiting <= FULL_BATCH_BYTES) await pause(GATHER_MS, AbortSignal.any([full.signal, finishing.signal]));
        full = new AbortController();
        waiting = 0;
        const upTo = taken;
        await sender.flush('');
        settled = upTo;
        letOn();
      }
    } catch (error) {
      isLost = true;
      onLost(error instanceof TelemetryError ? error : new Error(messageOf(error), { cause: error }));
      letOn();
    }
    sending = undefined;
  }

  function letOn(): void {
    const callbacks = onRoom;
    onRoom = [];
    for (const callback of callbacks) callback();
  }

  signal.addEventListener('abort', () => {
    isLost = true;
    letOn();
  });

  return {
    open(stream) {
      let time = '';
      const events = lineEvents({ ...meta, stream, maxEventBytes, onEvent: add });
      const onLine = (line: Buffer, isEnd: boolean): void => {
        if (isLost) taken++;
        else events(line, isEnd, time);
      };
      const lines = outputLines(onLine, Math.max(maxEventBytes >> 1, maxEventBytes - MEMBERS_BYTES));
      return {
        take(chunk) {
          time = new Date().toISOString();
          lines.write(chunk);
        },
        end: () => lines.end(),
      };
    },
    add,
    async room() {
      if (waiting <= MAX_WAITING_BYTES || isLost) return;
      await new Promise<void>(resolve => onRoom.push(resolve));
    },
    async finish() {
      finishing.abort();
      const givenUp = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()));
      while (sending && !signal.aborted) await Promise.race([sending, givenUp]);
      return { lost: taken - settled, refused, refusal };
    },
  };
}
