import type { Parts } from './members.js';
import { idKeys } from './ids.js';
import { keysOf, type Piece } from './piece.js';
import type { MessageKind } from './message-kind.js';
import { EXEMPLAR, SPAN_EVENT, SPAN_LINK } from './messages.js';
import { offsetsOf, type Offsets } from './wire.js';

const KEYS = keysOf([
  'time_unix_nano',
  'name',
  'attributes',
  'dropped_attributes_count',
  'trace_state',
  'flags',
  'value',
]);

const IDS = { trace: idKeys('trace_id', 'trace_id'), span: idKeys('span_id', 'span_id') };

/** The depth of the attributes of an object in a list: event, list, object. */
const ATTRIBUTES_DEPTH = 3;

/**
 * Writes each list of a record as one member: a JSON array of objects. An empty list is left out. All methods take the
 * field's number, the offset of its first value or -1, and the end of the record.
 */
export interface ObjectLists {
  spanEvents(key: Piece, no: number, first: number, end: number): void;
  spanLinks(key: Piece, no: number, first: number, end: number): void;
  exemplars(key: Piece, no: number, first: number, end: number): void;
}

/** Creates the writer of lists. */
export function objectLists({ wire, out, values, members }: Parts): ObjectLists {
  /** Writes a list; `write` writes the members of an object. */
  function list(kind: MessageKind, write: (at: Offsets, end: number) => void) {
    const at = offsetsOf(kind);
    return (key: Piece, no: number, first: number, end: number): void => {
      if (first < 0) return;
      out.key(key);
      out.byte(0x5b);
      for (let next = first; next >= 0;) {
        if (next !== first) out.byte(0x2c);
        const after = wire.enter(next);
        wire.scan(kind, wire.pos, after, at);
        out.byte(0x7b);
        write(at, after);
        out.byte(0x7d);
        next = wire.next(no, after, end);
      }
      out.byte(0x5d);
    };
  }

  function attributes(no: number, first: number, end: number): void {
    if (first < 0) return;
    out.key(KEYS.attributes);
    values.writeObject(no, first, end, ATTRIBUTES_DEPTH);
  }

  return {
    spanEvents: list(SPAN_EVENT, (at, end) => {
      const { no } = SPAN_EVENT;
      members.fixed64(KEYS.time_unix_nano, at[no.time_unix_nano]!);
      members.string(KEYS.name, at[no.name]!);
      attributes(no.attributes, at[no.attributes]!, end);
      members.uint32(KEYS.dropped_attributes_count, at[no.dropped_attributes_count]!);
    }),
    spanLinks: list(SPAN_LINK, (at, end) => {
      const { no } = SPAN_LINK;
      members.id(IDS.trace, at[no.trace_id]!);
      members.id(IDS.span, at[no.span_id]!);
      members.string(KEYS.trace_state, at[no.trace_state]!);
      members.fixed32(KEYS.flags, at[no.flags]!);
      attributes(no.attributes, at[no.attributes]!, end);
      members.uint32(KEYS.dropped_attributes_count, at[no.dropped_attributes_count]!);
    }),
    exemplars: list(EXEMPLAR, (at, end) => {
      const { no } = EXEMPLAR;
      members.fixed64(KEYS.time_unix_nano, at[no.time_unix_nano]!);
      // The last member of a oneof counts.
      if (at[no.as_double]! > at[no.as_int]!) members.double(KEYS.value, at[no.as_double]!);
      else if (at[no.as_int]! >= 0) {
        out.key(KEYS.value);
        wire.fixed64(at[no.as_int]!);
        out.int64(wire.low, wire.high);
      }
      members.id(IDS.trace, at[no.trace_id]!);
      members.id(IDS.span, at[no.span_id]!);
      attributes(no.filtered_attributes, at[no.filtered_attributes]!, end);
    }),
  };
}
