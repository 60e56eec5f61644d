import { SPAN_KINDS, STATUS_CODES } from '../messages.js';
import { NATURAL, type EventMembers } from './event-members.js';
import {
  attributesField,
  field,
  longField,
  nanoseconds,
  objectList,
  objectOf,
  recordOf,
  stringField,
  type EncodedEvent,
  type EncodedRecord,
} from './parts.js';

/** An id of trace.proto, not all zeros. */
const TRACE_ID = /^(?!0+$)[\da-f]{32}$/i;
const SPAN_ID = /^(?!0+$)[\da-f]{16}$/i;

/** Encodes a span (trace.proto); undefined for an event whose ids OTLP does not allow. */
export function spanRecord(event: EncodedEvent): EncodedRecord | undefined {
  const { members, traceId, spanId, parentSpanId, name, sent } = event;
  if (!TRACE_ID.test(traceId ?? '') || !SPAN_ID.test(spanId ?? '')) return undefined;
  const hasParent = parentSpanId !== null && SPAN_ID.test(parentSpanId);
  const times = spanTimes(event);
  members.drop('trace_id', 'span_id');
  if (hasParent) members.drop('parent_span_id');
  members.takeString('name', text => text === name);
  const fields = [
    stringField('traceId', traceId!.toLowerCase()),
    stringField('spanId', spanId!.toLowerCase()),
    stringField('parentSpanId', hasParent ? parentSpanId.toLowerCase() : undefined),
    stringField('traceState', members.takeString('trace_state')),
    field('flags', members.takeJson('flags', NATURAL)),
    stringField('name', name ?? (sent ? undefined : '')),
    field(
      'kind',
      enumOf(
        SPAN_KINDS,
        members.takeString('kind', text => isOf(SPAN_KINDS, text)),
      ),
    ),
    ...times,
    field('events', spanEvents(members)),
    field('links', spanLinks(members)),
    field('status', statusOf(members)),
    ...['attributes', 'events', 'links'].map(what =>
      field(
        `dropped${what[0]!.toUpperCase()}${what.slice(1)}Count`,
        members.takeJson(`dropped_${what}_count`, NATURAL),
      ),
    ),
  ];
  return recordOf(event, 'trace', fields);
}

/** The start and end of a span. What the decoder derives from them is left out. */
function spanTimes(event: EncodedEvent): (string | undefined)[] {
  const { members, durationMs, sent } = event;
  const start = members.takeJson('start_time_unix_nano', NATURAL);
  const end = members.takeJson('end_time_unix_nano', NATURAL);
  if (start !== undefined) {
    members.drop('start', 'duration_ns', 'duration_ms');
    return [longField('startTimeUnixNano', start), longField('endTimeUnixNano', end)];
  }
  if (sent) return [longField('endTimeUnixNano', end)];
  const from = nanoseconds(event);
  const milliseconds = Number(durationMs);
  const isKnown = durationMs !== null && Number.isFinite(milliseconds);
  const to = isKnown ? from + BigInt(Math.round(milliseconds * 1e6)) : undefined;
  if (isKnown) members.drop('duration_ms');
  return [longField('startTimeUnixNano', String(from)), longField('endTimeUnixNano', end ?? to?.toString())];
}

function spanEvents(members: EventMembers): string | undefined {
  return objectList(members, 'events', item =>
    objectOf([
      longField('timeUnixNano', item.takeJson('time_unix_nano', NATURAL)),
      stringField('name', item.takeString('name')),
      attributesField(item),
      field('droppedAttributesCount', item.takeJson('dropped_attributes_count', NATURAL)),
    ]),
  );
}

function spanLinks(members: EventMembers): string | undefined {
  return objectList(members, 'links', item =>
    objectOf([
      stringField('traceId', item.takeString('trace_id')),
      stringField('spanId', item.takeString('span_id')),
      stringField('traceState', item.takeString('trace_state')),
      field('flags', item.takeJson('flags', NATURAL)),
      attributesField(item),
      field('droppedAttributesCount', item.takeJson('dropped_attributes_count', NATURAL)),
    ]),
  );
}

function statusOf(members: EventMembers): string | undefined {
  const code = enumOf(
    STATUS_CODES,
    members.takeString('status', text => isOf(STATUS_CODES, text)),
  );
  const message = members.takeString('status_message');
  return code === undefined && message === undefined
    ? undefined
    : objectOf([field('code', code), stringField('message', message)]);
}

/** True for a name, or for a number that has none. */
export function isOf(names: readonly string[], text: string): boolean {
  return names.includes(text) || NUMBER_TEXT.test(text);
}

/** A value of an enum that the decoder knows no name for. */
const NUMBER_TEXT = /^\d{1,9}$/;

/** The number of an enum's name. */
export function enumOf(names: readonly string[], name: string | undefined): string | undefined {
  return name === undefined ? undefined : NUMBER_TEXT.test(name) ? name : String(names.indexOf(name));
}
