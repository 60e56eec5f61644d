import { memberKey, type Piece } from './piece.js';

/** The members of an id: null in its own where it has another length, and as sent beside it. */
export interface IdKeys {
  readonly key: Piece;
  readonly text: Piece;
  /** In bytes (trace.proto). */
  readonly length: number;
}

/** Bytes of ids, by their type. */
export const ID_BYTES = { trace_id: 16, span_id: 8 } as const;

/** The keys of an id's members. */
export function idKeys(name: string, type: keyof typeof ID_BYTES): IdKeys {
  return { key: memberKey(name), text: memberKey(textName(name)), length: ID_BYTES[type] };
}

/** The name of the member that has an id as sent. */
export function textName(name: string): string {
  return `${name}_text`;
}

/** Stands before an id of JSON that is not hexadecimal of its length, where the request is written as protobuf: no text has this byte. */
const TEXT_MARK = 0xff;

/** An id as protobuf carries it that JSON had as text: a mark, or two where one would give it the length of an id. Zeros are no id. */
export function textId(text: string, length: number): Uint8Array {
  if (/^0*$/.test(text)) return new Uint8Array(0);
  const utf8 = Buffer.from(text);
  const marks = utf8.length + 1 === length ? 2 : 1;
  return Buffer.concat([Buffer.alloc(marks, TEXT_MARK), utf8]);
}

/** The offset of the text that {@link textId} wrote at another. */
export function idTextStart(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === TEXT_MARK) at++;
  return at;
}
