import { isAscii, isUtf8 } from 'node:buffer';
import { ENCODING, type EventFacts } from '../../core/event.js';
import { EVENT_TYPE, LEVEL_KEYS, MESSAGE_KEYS, TIME_KEYS } from '../../core/vocabulary.js';
import { scanObject } from '../../formats/json/fast-path.js';
import { membersOf, stringValue, textOf } from '../../formats/json/members.js';
import { hasEscapes, withoutEscapes } from '../../formats/lines/escapes.js';
import { oneValue } from '../../formats/json/one-value.js';
import { KeyCheck, NO_SHAPE } from './members.js';

/*
 * The event of a line of a program, the same wherever lines are read. A line that is a JSON object is that object. Any
 * other is {"type":"log","msg":LINE}. Escape sequences of terminals are left out of a message, which is kept with them
 * under msg_raw; bytes that are not UTF-8 are U+FFFD in msg, and kept in msg_base64.
 */

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/** An object among the bytes of a line. */
export interface LineObject {
  readonly bytes: Buffer;
  readonly facts: EventFacts;
}

/** A piece of a line that is too long for one event. */
export interface Piece {
  /** Counted from 1. */
  readonly ordinal: number;
  readonly isLast: boolean;
}

/** The object that a line consists of, but for white space around it; undefined when it is anything else. */
export function objectIn(line: Buffer, maxEventBytes: number): LineObject | undefined {
  let start = 0;
  let end = line.length;
  while (start < end && line[start]! <= SPACE) start++;
  if (line[start] !== OPEN_OBJECT) return undefined;
  while (end > start && line[end - 1]! <= SPACE) end--;
  if (line[end - 1] !== CLOSE_OBJECT || end - start > maxEventBytes) return undefined;
  const bytes = line.subarray(start, end);
  const facts: EventFacts = { shape: NO_SHAPE, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
  if (isUtf8(bytes) && scanObject(bytes, 0, bytes.length, facts) === bytes.length)
    return withoutColours({ bytes, facts });
  const found = oneValue(bytes, maxEventBytes);
  return found && withoutColours({ bytes, facts: found });
}

/** Keys whose values are read as a message or a level, in lower case. */
const COLOURED = new Set([...MESSAGE_KEYS, ...LEVEL_KEYS].map(key => key.toLowerCase()));

const BACKSLASH = 0x5c;

/** How an escape sequence begins in JSON; the last is a character that need not be escaped. */
const ESCAPED = ['\\u001b', '\\u001B', '\\u009b', '\\u009B'].map(text => Buffer.from(text));
const UNESCAPED = Buffer.from('\u009b');

function mayHaveEscapes(json: Buffer): boolean {
  if (json.includes(BACKSLASH) && ESCAPED.some(escape => json.includes(escape))) return true;
  return !isAscii(json) && json.includes(UNESCAPED);
}

/** An object whose message or level has escape sequences, with the text in their place and what was sent under `KEY_raw`. */
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
  return { bytes: text, facts: { ...object.facts, shape: NO_SHAPE } };
}

/** Makes the events of lines, with members that each gets unless it has one of the name. */
export class LineShape {
  readonly #check: KeyCheck;
  /** The keys of the members, as JSON with their colons. */
  readonly #keys: readonly string[];

  constructor(keys: readonly string[]) {
    this.#keys = keys.map(key => `${JSON.stringify(key)}:`);
    this.#check = new KeyCheck([TIME_KEYS, ...keys.map(key => [key])]);
  }

  /**
   * An object with the members behind its own.
   * @param time of the line, ISO 8601; an object that has a time under any name keeps that.
   * @param values the members' as JSON, in the order of their keys; undefined for one that this line has not.
   */
  object({ bytes, facts }: LineObject, time: string | undefined, values: readonly (string | undefined)[]): Buffer {
    const { isEmpty, groups } = this.#check.of(bytes, 0, facts.shape);
    const timeText = time !== undefined && groups[0] ? `"time":"${time}"` : '';
    const added = this.#members(timeText, values, i => groups[i + 1]!);
    if (added === '') return bytes;
    return Buffer.concat([bytes.subarray(0, -1), Buffer.from(`${isEmpty ? '' : ','}${added}}`)]);
  }

  /** Any line, or a piece of one, as a log event. @param isRaw true to leave escape sequences where they are. */
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
        // A text that holds U+FFFD may have been that before.
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
