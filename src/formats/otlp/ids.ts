import { memberKey, type Piece } from './piece.js';

/** The members of an id: the first is null for a wrong length, and the second keeps the text sent. */
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

/** The name of the member with an id as sent. */
export function textName(name: string): string {
  return `${name}_text`;
}

/**
 * Marks a JSON id that is not hexadecimal of its length, in a request converted to protobuf: UTF-8 never has this byte.
 */
const TEXT_MARK = 0xff;

/**
 * Encodes an id that JSON had as text: one mark, or two where one would give it the length of an id. Zeros mean no id.
 */
export function textId(text: string, length: number): Uint8Array {
  if (/^0*$/.test(text)) return new Uint8Array(0);
  const utf8 = Buffer.from(text);
  const marks = utf8.length + 1 === length ? 2 : 1;
  return Buffer.concat([Buffer.alloc(marks, TEXT_MARK), utf8]);
}

/** The offset of the text that {@link textId} encoded. */
export function idTextStart(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === TEXT_MARK) at++;
  return at;
}
