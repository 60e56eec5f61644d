import type { Parts, RecordReader } from './members.js';
import { idKeys, textName } from './ids.js';
import { keysOf, pieceOf } from './piece.js';
import { LOG_RECORD } from './messages.js';
import { offsetsOf } from './wire.js';

const TYPE = pieceOf(Buffer.from('{"type":"log"'));

const KEYS = keysOf([
  'time_unix_nano',
  'observed_time_unix_nano',
  'severity_number',
  'severity_text',
  'event_name',
  'body',
  'flags',
  'dropped_attributes_count',
]);

/** The members of a log's event that are not attributes. */
export const LOG_KEYS: readonly string[] = [
  ...Object.keys(KEYS),
  ...['trace_id', 'span_id'].flatMap(name => [name, textName(name)]),
];

const IDS = { trace: idKeys('trace_id', 'trace_id'), span: idKeys('span_id', 'span_id') };

/** Reads a LogRecord (logs.proto) as one event. */
export function logRecords({ wire, out, values, attributes, members }: Parts): RecordReader {
  const at = offsetsOf(LOG_RECORD);
  const { no } = LOG_RECORD;
  let end = 0;
  let isOpen = false;

  return {
    open(from, to) {
      wire.scan(LOG_RECORD, from, to, at);
      end = to;
      isOpen = true;
    },
    next() {
      if (!isOpen) return false;
      isOpen = false;
      out.raw(TYPE);
      members.fixed64(KEYS.time_unix_nano, at[no.time_unix_nano]!);
      members.fixed64(KEYS.observed_time_unix_nano, at[no.observed_time_unix_nano]!);
      members.uint32(KEYS.severity_number, at[no.severity_number]!);
      members.string(KEYS.severity_text, at[no.severity_text]!);
      members.string(KEYS.event_name, at[no.event_name]!);
      const body = at[no.body]!;
      if (body >= 0) {
        out.key(KEYS.body);
        values.write(body, 1);
      }
      members.id(IDS.trace, at[no.trace_id]!);
      members.id(IDS.span, at[no.span_id]!);
      members.fixed32(KEYS.flags, at[no.flags]!);
      members.uint32(KEYS.dropped_attributes_count, at[no.dropped_attributes_count]!);
      attributes.write(no.attributes, at[no.attributes]!, end);
      attributes.writeOuter();
      return true;
    },
  };
}
