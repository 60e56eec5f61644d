import { isUtf8 } from 'node:buffer';
import { LineShape, objectIn, type Piece } from '../shared/line-shape.js';

const CARRIAGE_RETURN = 0x0d;

/** Shorter pieces are not cut further: cutting does not help an event that cannot hold this many bytes. */
const MIN_PIECE_BYTES = 64;

/** Members that every event of a command has. */
export interface CommandInfo {
  /** The command as it was typed, without its arguments: those may hold secrets. */
  readonly command: string;
  readonly service: string;
  /** Undefined for a command that could not be started. */
  readonly pid: number | undefined;
  /** The same for all events of one run. */
  readonly runId: string;
}

/** Options of {@link lineEvents}. */
export interface LineEventOptions extends CommandInfo {
  readonly stream: 'stdout' | 'stderr';
  /** In bytes. */
  readonly maxEventBytes: number;
  /** Called with each event, as JSON. */
  readonly onEvent: (event: Buffer) => void;
}

/**
 * Takes a line, or a piece of one: `isEnd` is true for the last piece of a line.
 * @param time when it was read, ISO 8601.
 */
export type LineEvents = (line: Buffer, isEnd: boolean, time: string) => void;

/**
 * Makes events of lines: see {@link LineShape}. Each event gets the members of its command that it lacks. A line that
 * is too large for one event becomes several, numbered by `partial_ordinal`.
 */
export function lineEvents({ stream, maxEventBytes, onEvent, ...meta }: LineEventOptions): LineEvents {
  const shape = new LineShape(['service_name', 'stream', 'command', 'pid', 'run_id']);
  const values = [meta.service, stream, meta.command, meta.pid, meta.runId].map(value =>
    value === undefined ? undefined : JSON.stringify(value),
  );
  /** Pieces of the current line so far. */
  let ordinal = 0;

  function emitText(line: Buffer, isEnd: boolean, time: string): void {
    const isPartial = ordinal > 0 || !isEnd;
    const piece: Piece = { ordinal: ordinal + 1, isLast: isEnd };
    const event = shape.text(line, time, values, isPartial ? { piece } : {});
    if (event.length > maxEventBytes && line.length > MIN_PIECE_BYTES) {
      // Escapes make JSON longer than its text; only encoding shows by how many bytes.
      const cut = isUtf8(line) ? halfOf(line.toString()) : line.length >> 1;
      emitText(line.subarray(0, cut), false, time);
      emitText(line.subarray(cut), isEnd, time);
      return;
    }
    ordinal = isEnd ? 0 : ordinal + 1;
    onEvent(event);
  }

  return (line, isEnd, time) => {
    const text = isEnd && line[line.length - 1] === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
    const object = isEnd && ordinal === 0 ? objectIn(text, maxEventBytes) : undefined;
    if (!object) {
      emitText(text, isEnd, time);
      return;
    }
    const event = shape.object(object, time, values);
    onEvent(event.length > maxEventBytes ? object.bytes : event);
  };
}

/** The length in bytes of the first half of a text, never cutting a surrogate pair. */
function halfOf(text: string): number {
  const half = text.length >> 1;
  const end = (text.charCodeAt(half) & 0xfc00) === 0xdc00 && half > 1 ? half - 1 : half;
  return Buffer.byteLength(text.slice(0, end));
}
