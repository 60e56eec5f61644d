import { isAscii, isUtf8 } from 'node:buffer';
import { ENCODING, type EventMeta } from '../../core/event.js';
import { EVENT_TEXT_KEYS, EVENT_TYPE, LEVEL_KEYS, MESSAGE_KEYS, TIME_KEYS } from '../../core/vocabulary.js';
import { scanObject } from '../../formats/json/fast-path.js';
import { membersOf, stringValue, textOf } from '../../formats/json/members.js';
import { hasEscapes, withoutEscapes } from '../../formats/lines/escapes.js';
import { oneValue } from '../../formats/json/one-value.js';
import { KeyCheck, NO_SHAPE } from './members.js';

/*
 * The event of a program's line, the same wherever lines are read. A line that is a JSON object is that object. Any
 * other is {"type":"log","msg":LINE}. A message leaves out terminal escape sequences and keeps the original under
 * msg_raw; bytes that are not UTF-8 become U+FFFD in msg, and the original is kept in msg_base64.
 */

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/** An object among the bytes of a line. */
export interface LineObject {
  readonly bytes: Buffer;
  readonly meta: EventMeta;
}

/** A piece of a line that is too long for one event. */
export interface Piece {
  /** Counted from 1. */
  readonly ordinal: number;
  readonly isLast: boolean;
}

/** The object that a line consists of, apart from white space; undefined for any other line. */
export function objectIn(line: Buffer, maxEventBytes: number): LineObject | undefined {
  let start = 0;
  let end = line.length;
  while (start < end && line[start]! <= SPACE) start++;
  if (line[start] !== OPEN_OBJECT) return undefined;
  while (end > start && line[end - 1]! <= SPACE) end--;
  if (line[end - 1] !== CLOSE_OBJECT || end - start > maxEventBytes) return undefined;
  const bytes = line.subarray(start, end);
  const meta: EventMeta = { shape: NO_SHAPE, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
  if (isUtf8(bytes) && scanObject(bytes, 0, bytes.length, meta) === bytes.length)
    return withoutColours({ bytes, meta });
  const found = oneValue(bytes, maxEventBytes);
  return found && withoutColours({ bytes, meta: found });
}

/** Lower-case keys whose values are read as a message or a level. */
const COLOURED = new Set([...MESSAGE_KEYS, ...EVENT_TEXT_KEYS, ...LEVEL_KEYS].map(key => key.toLowerCase()));

const BACKSLASH = 0x5c;

/** Escape sequences as they begin in JSON; the last character need not be escaped. */
const ESCAPED = ['\\u001b', '\\u001B', '\\u009b', '\\u009B'].map(text => Buffer.from(text));
const UNESCAPED = Buffer.from('\u009b');

function mayHaveEscapes(json: Buffer): boolean {
  if (json.includes(BACKSLASH) && ESCAPED.some(escape => json.includes(escape))) return true;
  return !isAscii(json) && json.includes(UNESCAPED);
}

/** An object without escape sequences in message and level; the original is kept under `KEY_raw`. */
export function withoutColours(object: LineObject): LineObject {
  const { bytes } = object;
  if (!mayHaveEscapes(bytes)) return object;
  const raw: string[] = [];
  const members = membersOf(bytes, 0).map(({ key, start, valueStart, end }) => {
    const text = COLOURED.has(key.toLowerCase()) ? stringValue(bytes, valueStart, end) : undefined;
    if (text === undefined || !hasEscapes(text)) return textOf(bytes, start, end);
    raw.push(`${JSON.stringify(`${key}_raw`)}:${textOf(bytes, valueStart, end)}`);
    return `${JSON.stringify(key)}:${JSON.stringify(withoutEscapes(text))}`;
  });
  if (raw.length === 0) return object;
  const text = Buffer.from(`{${[...members, ...raw].join(',')}}`);
  return { bytes: text, meta: { ...object.meta, shape: NO_SHAPE } };
}

/** Makes the events of lines and adds the members that each lacks. */
export class LineShape {
  readonly #check: KeyCheck;
  /** The keys of the members, as JSON with their colons. */
  readonly #keys: readonly string[];

  constructor(keys: readonly string[]) {
    this.#keys = keys.map(key => `${JSON.stringify(key)}:`);
    this.#check = new KeyCheck([TIME_KEYS, ...keys.map(key => [key])]);
  }

  /**
   * Adds members to an object.
   * @param time of the line, ISO 8601; an object with a time under any name keeps that.
   * @param values of the members as JSON, in the order of their keys; undefined for a missing one.
   */
  object({ bytes, meta }: LineObject, time: string | undefined, values: readonly (string | undefined)[]): Buffer {
    const { isEmpty, groups } = this.#check.of(bytes, 0, meta.shape);
    const timeText = time !== undefined && groups[0] ? `"time":"${time}"` : '';
    const added = this.#members(timeText, values, i => groups[i + 1]!);
    if (added === '') return bytes;
    return Buffer.concat([bytes.subarray(0, -1), Buffer.from(`${isEmpty ? '' : ','}${added}}`)]);
  }

  /** Makes a log event of any line, or of a piece of one. @param isRaw true to keep escape sequences. */
  text(
    line: Buffer,
    time: string | undefined,
    values: readonly (string | undefined)[],
    { piece, isRaw = false }: { readonly piece?: Piece; readonly isRaw?: boolean } = {},
  ): Buffer {
    const text = line.toString();
    const shown = isRaw ? text : withoutEscapes(text);
    const members = this.#members('', values, () => true);
    return Buffer.from(
      (time === undefined ? '{' : `{"time":"${time}",`) +
        `"type":"${EVENT_TYPE.log}","msg":${JSON.stringify(shown)}` +
        (shown === text ? '' : `,"msg_raw":${JSON.stringify(text)}`) +
        // U+FFFD in the text may be original.
        (text.includes('\ufffd') && !isUtf8(line) ? `,"msg_base64":"${line.toString('base64')}"` : '') +
        (piece ? `,"partial_ordinal":${piece.ordinal},"partial_last":${piece.isLast}` : '') +
        (members === '' ? '}' : `,${members}}`),
    );
  }

  #members(first: string, values: readonly (string | undefined)[], isLacking: (index: number) => boolean): string {
    let text = first;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value !== undefined && isLacking(i)) text += `${text === '' ? '' : ','}${this.#keys[i]!}${value}`;
    }
    return text;
  }
}
