import { isUtf8 } from 'node:buffer';
import { MESSAGE_KEYS, METRIC_KEYS, SPAN_KEYS, TIME_KEYS, TYPE_KEYS } from '../core/vocabulary.js';
import { DecodeError } from '../decode/decoder.js';
import { stringAt, visitMembers, type Slice } from '../decode/json-members.js';
import { jsonStream } from '../decode/json-stream.js';

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** A piece of a line is not cut further: where an event cannot hold so little, no cutting helps. */
const SMALLEST_PIECE = 64;

/** What every event of a command says of it. */
export interface CommandFacts {
  /** The command as it was typed, without its arguments: those may hold secrets. */
  readonly command: string;
  readonly service: string;
  /** Undefined for a command that could not be started. */
  readonly pid: number | undefined;
}

/** How lines become events. */
export interface LineEventOptions extends CommandFacts {
  readonly stream: 'stdout' | 'stderr';
  /** In bytes. */
  readonly maxEventBytes: number;
  /** Given each event, as JSON. */
  readonly onEvent: (event: Buffer) => void;
}

/** Takes a line, or a piece of one: `isEnd` says whether the line ends with it. @param time when it was read, ISO 8601. */
export type LineEvents = (line: Buffer, isEnd: boolean, time: string) => void;

/**
 * Makes log events of lines. A line that is a JSON object is that object, byte for byte, with fields added behind whose
 * keys it has not; any other line is the text in `msg`. A line that is too large for an event becomes several, numbered
 * by `partial_ordinal`. Bytes that are no UTF-8 are in `msg_base64`; `msg` then shows them as U+FFFD.
 */
export function lineEvents({ stream, maxEventBytes, onEvent, ...facts }: LineEventOptions): LineEvents {
  const own = new Map<string, string>([
    ['service_name', JSON.stringify(facts.service)],
    ['stream', JSON.stringify(stream)],
    ['command', JSON.stringify(facts.command)],
    ['pid', String(facts.pid)],
  ]);
  const ownText = [...own].map(([key, value]) => `"${key}":${value}`).join(',');
  /** How many pieces of the line came before. */
  let ordinal = 0;

  function emitText(line: Buffer, isEnd: boolean, time: string): void {
    const isPartial = ordinal > 0 || !isEnd;
    const text = line.toString();
    const event = Buffer.from(
      `{"time":"${time}","type":"log",${ownText},"msg":${JSON.stringify(text)}` +
        (isUtf8(line) ? '' : `,"msg_base64":"${line.toString('base64')}"`) +
        (isPartial ? `,"partial_ordinal":${ordinal + 1},"partial_last":${isEnd}}` : '}'),
    );
    if (event.length > maxEventBytes && line.length > SMALLEST_PIECE) {
      // Escapes make JSON longer than its text: how much, only making it tells.
      const half = Buffer.byteLength(text.slice(0, halfOf(text)));
      const cut = isUtf8(line) ? half : line.length >> 1;
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
    const event = object && withFields(text, object, own, time);
    if (event && event.length <= maxEventBytes) onEvent(event);
    else emitText(text, isEnd, time);
  };
}

/** Where the JSON object stands that a line consists of; undefined when it is anything else. */
function objectIn(line: Buffer, maxEventBytes: number): Slice | undefined {
  let start = 0;
  let end = line.length;
  while (line[start]! <= SPACE) start++;
  if (line[start] !== OPEN_OBJECT) return undefined;
  while (line[end - 1]! <= SPACE) end--;
  if (line[end - 1] !== CLOSE_OBJECT) return undefined;
  let length = 0;
  try {
    const decoder = jsonStream((_, from, to) => (length ||= to - from), { maxEventBytes });
    void decoder.write(line.subarray(start, end));
    void decoder.end();
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
  return length === end - start ? { start, end } : undefined;
}

/** The object with the fields that it has no key for, in any case. */
function withFields(line: Buffer, { start, end }: Slice, own: ReadonlyMap<string, string>, time: string): Buffer {
  const keys = new Set<string>();
  visitMembers(line, start, (keyStart, keyEnd) => keys.add(stringAt(line, keyStart, keyEnd).toLowerCase()));
  const has = (key: string): boolean => keys.has(key.toLowerCase());
  let added = keys.size > 0 ? ',' : '';
  const add = (key: string, value: string): void => void (added += `"${key}":${value},`);
  if (!TIME_KEYS.some(has)) add('time', `"${time}"`);
  if (isLog(has)) add('type', '"log"');
  for (const [key, value] of own) if (!has(key)) add(key, value);
  if (!added.endsWith(',')) return line.subarray(start, end);
  return Buffer.concat([line.subarray(start, end - 1), Buffer.from(`${added.slice(0, -1)}}`)]);
}

/** Whether nothing in an object says that it is anything but a log. One that tells of its span is still a log. */
function isLog(has: (key: string) => boolean): boolean {
  if (TYPE_KEYS.some(has) || METRIC_KEYS.some(has)) return false;
  return MESSAGE_KEYS.some(has) || !SPAN_KEYS.some(has);
}

/** The middle of a text, not within a surrogate pair. */
function halfOf(text: string): number {
  const half = text.length >> 1;
  return (text.charCodeAt(half) & 0xfc00) === 0xdc00 && half > 1 ? half - 1 : half;
}
