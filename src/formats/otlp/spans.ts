import { objectLists } from './object-lists.js';
import type { Parts, RecordReader } from './members.js';
import { idKeys, textName } from './ids.js';
import { keysOf, pieceOf } from './piece.js';
import { SPAN, SPAN_KINDS, STATUS, STATUS_CODES } from './messages.js';
import { offsetsOf } from './wire.js';

const TYPE = pieceOf(Buffer.from('{"type":"trace"'));

const KEYS = keysOf([
  'name',
  'trace_state',
  'flags',
  'kind',
  'status',
  'status_message',
  'start_time_unix_nano',
  'end_time_unix_nano',
  'start',
  'duration_ns',
  'duration_ms',
  'events',
  'links',
  'dropped_attributes_count',
  'dropped_events_count',
  'dropped_links_count',
]);

/** The members of a span's event that are not attributes. */
export const SPAN_KEYS: readonly string[] = [
  ...Object.keys(KEYS),
  ...['trace_id', 'span_id', 'parent_span_id'].flatMap(name => [name, textName(name)]),
];

const IDS = {
  trace: idKeys('trace_id', 'trace_id'),
  span: idKeys('span_id', 'span_id'),
  parent: idKeys('parent_span_id', 'span_id'),
};

/** Reads a Span (trace.proto) as one event. */
export function spans(parts: Parts): RecordReader {
  const { wire, out, attributes, members } = parts;
  const lists = objectLists(parts);
  const at = offsetsOf(SPAN);
  const writeStatus = statusWriter(parts);
  const writeTimes = timesWriter(parts);
  const { no } = SPAN;
  let end = 0;
  let isOpen = false;

  return {
    open(from, to) {
      wire.scan(SPAN, from, to, at);
      end = to;
      isOpen = true;
    },
    next() {
      if (!isOpen) return false;
      isOpen = false;
      out.raw(TYPE);
      members.string(KEYS.name, at[no.name]!);
      members.id(IDS.trace, at[no.trace_id]!);
      members.id(IDS.span, at[no.span_id]!);
      members.id(IDS.parent, at[no.parent_span_id]!);
      members.string(KEYS.trace_state, at[no.trace_state]!);
      members.fixed32(KEYS.flags, at[no.flags]!);
      const kind = at[no.kind]! < 0 ? 0 : wire.uint32(at[no.kind]!);
      out.key(KEYS.kind);
      out.text(`"${SPAN_KINDS[kind] ?? kind}"`);
      writeStatus(at[no.status]!);
      writeTimes(at[no.start_time_unix_nano]!, at[no.end_time_unix_nano]!);
      lists.spanEvents(KEYS.events, no.events, at[no.events]!, end);
      lists.spanLinks(KEYS.links, no.links, at[no.links]!, end);
      members.uint32(KEYS.dropped_attributes_count, at[no.dropped_attributes_count]!);
      members.uint32(KEYS.dropped_events_count, at[no.dropped_events_count]!);
      members.uint32(KEYS.dropped_links_count, at[no.dropped_links_count]!);
      attributes.write(no.attributes, at[no.attributes]!, end);
      attributes.writeOuter();
      return true;
    },
  };
}

/** Creates the writer of start, end and duration. */
function timesWriter({ wire, out, members }: Parts): (startAt: number, endAt: number) => void {
  function nanoseconds(offset: number): bigint {
    if (offset < 0) return 0n;
    wire.fixed64(offset);
    return (BigInt(wire.high >>> 0) << 32n) | BigInt(wire.low >>> 0);
  }

  return (startAt, endAt) => {
    members.fixed64(KEYS.start_time_unix_nano, startAt);
    members.fixed64(KEYS.end_time_unix_nano, endAt);
    const started = nanoseconds(startAt);
    const ended = nanoseconds(endAt);
    if (started === 0n) return;
    out.key(KEYS.start);
    out.text(`"${isoNanoseconds(started)}"`);
    if (ended === 0n) return;
    const duration = ended - started;
    out.key(KEYS.duration_ns);
    out.text(String(duration));
    out.key(KEYS.duration_ms);
    out.double(Number(duration) / 1e6);
  };
}

/** Creates the writer of the status. */
function statusWriter({ wire, out, members }: Parts): (offset: number) => void {
  const statusAt = offsetsOf(STATUS);
  return offset => {
    let code = 0;
    let message = -1;
    if (offset >= 0) {
      const to = wire.enter(offset);
      wire.scan(STATUS, wire.pos, to, statusAt);
      message = statusAt[STATUS.no.message]!;
      const codeAt = statusAt[STATUS.no.code]!;
      code = codeAt < 0 ? 0 : wire.uint32(codeAt);
    }
    out.key(KEYS.status);
    out.text(`"${STATUS_CODES[code] ?? code}"`);
    members.string(KEYS.status_message, message);
  };
}

const BILLION = 1_000_000_000n;

/** Formats ISO 8601 in UTC with nine fractional digits. */
function isoNanoseconds(epoch: bigint): string {
  const seconds = new Date(Number(epoch / BILLION) * 1000).toISOString().replace(/\.\d+Z$/, '');
  return `${seconds}.${String(epoch % BILLION).padStart(9, '0')}Z`;
}
