import { anyValueJson } from './any-value-json.js';
import { NATURAL } from './event-members.js';
import { isObjectAt } from '../../json/members.js';
import {
  field,
  longField,
  nanoseconds,
  recordOf,
  stringField,
  type EncodedEvent,
  type EncodedRecord,
} from './parts.js';

/** The first SeverityNumber of each range (opentelemetry-proto, logs.proto). */
const NUMBERS: Readonly<Record<string, number>> = { TRACE: 1, DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17, FATAL: 21 };

const ID = /^(?!0+$)[\da-f]+$/i;
const TRACE_ID_LENGTH = 32;
const SPAN_ID_LENGTH = 16;

/** Keys that hold the message or the level of a log line, which are fields in OTLP. */
const MESSAGE_KEYS = ['msg', 'message', 'log'];
const LEVEL_KEYS = ['level', 'severity', 'lvl'];

/** Encodes any event as a LogRecord (logs.proto): a key without a field there is an attribute. */
export function logRecord(event: EncodedEvent): EncodedRecord {
  const { members, severity, name, sent } = event;
  const time = members.takeJson('time_unix_nano', NATURAL) ?? (sent ? undefined : String(nanoseconds(event)));
  const severityNumber =
    members.takeJson('severity_number', NATURAL) ?? (severity === null || sent ? undefined : NUMBERS[severity]);
  const level = members.takeString('severity_text') ?? (sent ? undefined : levelOf(event));
  const traceId = idOf(event.traceId, TRACE_ID_LENGTH);
  const spanId = idOf(event.spanId, SPAN_ID_LENGTH);
  if (traceId !== undefined) members.takeString('trace_id', text => text === event.traceId);
  if (spanId !== undefined) members.takeString('span_id', text => text === event.spanId);
  const eventName = members.takeString('event_name') ?? (sent ? undefined : (name ?? undefined));
  const fields = [
    longField('timeUnixNano', time),
    longField('observedTimeUnixNano', members.takeJson('observed_time_unix_nano', NATURAL)),
    field('severityNumber', severityNumber?.toString()),
    stringField('severityText', level),
    stringField('eventName', eventName),
    field('body', bodyOf(event)),
    stringField('traceId', traceId),
    stringField('spanId', spanId),
    field('flags', members.takeJson('flags', NATURAL)),
    field('droppedAttributesCount', members.takeJson('dropped_attributes_count', NATURAL)),
  ];
  return recordOf(event, 'log', fields, event.eventId);
}

function levelOf({ members, severity }: EncodedEvent): string | undefined {
  if (severity === null) return undefined;
  const key = LEVEL_KEYS.find(name => members.string(name) !== undefined);
  return key === undefined ? undefined : members.takeString(key);
}

function bodyOf({ members, message, sent }: EncodedEvent): string | undefined {
  const { bytes } = members;
  if (!isObjectAt(bytes, 0)) return anyValueJson(bytes, 0, bytes.length);
  const body = members.json('body');
  if (body !== undefined) {
    members.drop('body');
    const json = Buffer.from(body);
    return anyValueJson(json, 0, json.length);
  }
  if (message === null || sent) return undefined;
  const key = MESSAGE_KEYS.find(name => members.string(name) === message);
  if (key === undefined) return undefined;
  members.drop(key);
  return `{"stringValue":${JSON.stringify(message)}}`;
}

function idOf(id: string | null, length: number): string | undefined {
  return id?.length === length && ID.test(id) ? id.toLowerCase() : undefined;
}
