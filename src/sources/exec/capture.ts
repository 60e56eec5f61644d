import type { SendFeed } from '../../client/feed.js';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { ONCE } from '../../core/source.js';
import { pause } from '../../core/sleep.js';
import { createFeeder } from '../shared/feeder.js';
import { lineEvents, type CommandFacts } from './line-event.js';
import { outputLines } from './output-lines.js';

/** How long lines gather before they are sent: a commit costs the same for one and for many. */
const GATHER_MS = 50;

/** Past so many bytes not yet sent, they are sent at once. */
const GATHERED_BYTES = 256 * 1024;

/** Past so many bytes not yet sent, the command is held back: half a second of output at 100,000 lines/s. */
const HELD_BYTES = 8 * 1024 * 1024;

/** What an event of a line has beside its text, at most: the longest piece of a line leaves so much room. */
const FACTS_BYTES = 512;

/** What a command's output is captured with. */
export interface CaptureOptions extends CommandFacts {
  /** Stores events, once it is known how; none is sent before. */
  readonly post: Promise<SendFeed>;
  /** In bytes. */
  readonly maxEventBytes: number;
  /** Gives the sending up. */
  readonly signal: AbortSignal;
  /** Told once why what comes is not stored. */
  readonly onLost: (error: Error) => void;
}

/** One of the command's two outputs. */
export interface CapturedStream {
  take(chunk: Buffer): void;
  /** Nothing follows. */
  end(): void;
}

/** Captures what a command prints, and stores it beside: when that fails, the command is none the wiser. */
export interface Capture {
  open(stream: 'stdout' | 'stderr'): CapturedStream;
  /** Adds an event behind what was taken. */
  add(event: Buffer): void;
  /** Resolves at once, unless so much waits to be sent that the command has to wait as well. */
  room(): Promise<void>;
  /** Waits until all is on disk, or given up. Never rejects. */
  finish(): Promise<CaptureOutcome>;
}

/** What became of the events. */
export interface CaptureOutcome {
  /** Events that nobody could store. */
  readonly lost: number;
  /** Events that were refused, and why the first was. */
  readonly refused: number;
  readonly refusal: string | undefined;
}

/** Starts to capture. Events wait in memory until it is known how they are stored. */
export function openCapture({ post, signal, onLost, maxEventBytes, ...facts }: CaptureOptions): Capture {
  const finishing = new AbortController();
  const feeder = createFeeder(
    // What sends the events gives the feed a name of its own, where they go over the network.
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
  /** Events in all, and those of them that are done with. */
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
    feeder.sink(event, 0, event.length);
    waiting += event.length;
    if (waiting > GATHERED_BYTES) full.abort();
    sending ??= send();
  }

  async function send(): Promise<void> {
    try {
      await post;
      while (!feeder.isEmpty) {
        if (waiting <= GATHERED_BYTES) await pause(GATHER_MS, AbortSignal.any([full.signal, finishing.signal]));
        full = new AbortController();
        waiting = 0;
        const upTo = taken;
        await feeder.flush('');
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
      const events = lineEvents({ ...facts, stream, maxEventBytes, onEvent: add });
      const onLine = (line: Buffer, isEnd: boolean): void => {
        if (isLost) taken++;
        else events(line, isEnd, time);
      };
      const lines = outputLines(onLine, Math.max(maxEventBytes >> 1, maxEventBytes - FACTS_BYTES));
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
      if (waiting <= HELD_BYTES || isLost) return;
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
