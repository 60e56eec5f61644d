/*
 * The function with the writers is over 60 lines long: their loops run over the attributes of each record, and share the
 * numbers of the current list as local variables.
 */
import type { OuterMember } from './outer-member.js';
import { DecodeError } from '../decoder.js';
import type { AnyValues } from './any-value.js';
import { movedKey, type AttributeKey, type AttributeKeys, type Level } from './attribute-keys.js';
import type { JsonWriter } from './json-writer.js';
import { pieceOf, type Piece } from './piece.js';
import type { Outer } from './outer-member.js';
import type { Wire } from './wire.js';

/**
 * Writes attributes as members of the event. A key is kept, unless it is taken: by another member of the event, or by
 * an attribute of a nearer level (record before scope before resource). Then it becomes `attributes.KEY`, `scope.KEY`
 * or `resource.KEY`. Of a repeated key in a list the first value counts.
 */
export interface Attributes {
  /**
   * Writes those of the record: the field `no` of the message that ends at `end`.
   * @param first the offset of its first value, or -1
   */
  write(no: number, first: number, end: number): void;
  /** Writes those of the scope and the resource, after the record's. */
  writeOuter(): void;
  /** Reads the attributes of a resource or a scope. */
  outer(level: Level, no: number, first: number, end: number): OuterMember[];
  /** Sets the attributes that {@link writeOuter} writes, nearest first. */
  setOuter(...outers: readonly Outer[]): void;
  /** The error for attributes that make every event of the request too large. */
  tooLarge(what: string): DecodeError;
}

/** Creates the writer of attributes. */
// eslint-disable-next-line max-lines-per-function -- closures over the current list, which run for each record
export function attributesOf(wire: Wire, out: JsonWriter, keys: AttributeKeys, values: AnyValues): Attributes {
  const { bytes } = wire;
  /** The numbers of the current list and the current outer attributes. */
  let list = 0;
  let outer = 0;
  let isCovered = false;
  /** Each with its members that are not attributes first: so an encoder finds where it begins. */
  let outers: readonly { readonly fixed: Piece; readonly members: readonly OuterMember[] }[] = [];
  let outerJson = pieceOf(new Uint8Array(0));

  function tooLarge(what: string): DecodeError {
    return new DecodeError('event_too_large', `${what} is larger than the ${out.limit} bytes that an event may have`);
  }

  function writeValue(value: number): void {
    if (value < 0) out.text('null');
    else values.write(value, 1);
  }

  return {
    write(no, first, end) {
      isCovered = false;
      list = keys.nextList('attributes');
      let key: AttributeKey | undefined;
      for (let at = first; at >= 0;) {
        const after = wire.keyValue(at);
        const { value } = wire;
        key = keys.find('attributes', bytes, wire.keyStart, wire.keyEnd, key);
        if (key.list !== list) {
          key.list = list;
          if (key.outer === outer) isCovered = true;
          if (key.isId) out.markId();
          out.raw(key.isTaken ? movedKey('attributes', key) : key.member);
          writeValue(value);
        }
        at = wire.next(no, after, end);
      }
    },
    writeOuter() {
      if (!isCovered) {
        out.raw(outerJson);
        return;
      }
      for (const { fixed, members } of outers) {
        out.raw(fixed);
        for (const { key, plain, moved } of members) out.raw(key.list === list ? moved : plain);
      }
    },
    outer(level, no, first, end) {
      const members: OuterMember[] = [];
      list = keys.nextList(level);
      for (let at = first; at >= 0;) {
        const after = wire.keyValue(at);
        const { value, keyStart, keyEnd } = wire;
        at = wire.next(no, after, end);
        const key = keys.find(level, bytes, keyStart, keyEnd, undefined);
        if (key.list === list) continue;
        key.list = list;
        out.begin();
        const start = out.pos;
        writeValue(value);
        if (out.isTooLarge) throw tooLarge(`a ${level} attribute`);
        const json = Buffer.from(out.bytes.subarray(start, out.pos));
        out.rewind(start);
        const moved = pieceOf(Buffer.concat([movedKey(level, key).json, json]));
        const plain = key.isTakenOutside ? moved : pieceOf(Buffer.concat([key.member.json, json]));
        members.push({ key, plain, moved });
      }
      return members;
    },
    tooLarge,
    setOuter(...all) {
      outer = keys.nextNumber();
      const seen = new Set<AttributeKey>();
      outers = all.map(({ fixed, attributes }) => ({
        fixed: pieceOf(fixed),
        members: attributes.map(member => {
          const { key } = member;
          key.outer = outer;
          if (!seen.has(key)) {
            seen.add(key);
            return member;
          }
          return { ...member, plain: member.moved };
        }),
      }));
      const pieces = outers.flatMap(({ fixed, members }) => [fixed, ...members.map(({ plain }) => plain)]);
      outerJson = pieceOf(Buffer.concat(pieces.map(({ json }) => json)));
    },
  };
}
