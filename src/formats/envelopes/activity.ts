import type { EventMeta, EventSink } from '../../core/event.js';
import { MAX_ACTIVITY_EVENT_BYTES } from '../../core/limits.js';
import { ATTRIBUTE } from '../../core/vocabulary.js';
import { DecodeError, type Decoder, type DecoderOptions } from '../decoder.js';
import { isArrayAt, isObjectAt, membersOf, textOf, type Member, type Slice } from '../json/members.js';
import { jsonStream } from '../json/stream.js';
import { openEnvelope, passOn, requiredField, textProblem, timeProblem, wrongField, type Envelope } from './fields.js';

/** Options of {@link activityEvents}. */
export interface ActivityOptions extends DecoderOptions {
  /** The limit of the whole request, in bytes. */
  readonly maxRequestBytes: number;
  /** True when an event that is too large is cut to its envelope; otherwise it is refused. */
  readonly truncateOversize: boolean;
}

/**
 * Decodes activity events: JSON objects one after another, in an array, or in the array `events` of an object
 * (RecordEventsRequest), each with `event_id`, `event_time`, `event_type` and `event_name`. Valid events are forwarded
 * as sent.
 * @throws DecodeError `invalid_event` or `event_too_large`, with the index of the event and the field.
 */
export function activityEvents(sink: EventSink, options: ActivityOptions): Decoder {
  const { maxRequestBytes, truncateOversize } = options;
  const maxEventBytes = Math.min(MAX_ACTIVITY_EVENT_BYTES, options.maxEventBytes);
  const cut = jsonStream(sink, { maxEventBytes });
  let count = 0;

  function take(bytes: Uint8Array, start: number, end: number, meta: EventMeta): void {
    const events = eventsIn(bytes, start, count);
    if (events !== undefined) {
      if (!events) return;
      const inner = jsonStream(take, { maxEventBytes: maxRequestBytes, elements: true });
      void inner.write(bytes.slice(events.start, events.end));
      void inner.end();
      return;
    }
    const index = count++;
    const envelope = openEnvelope(bytes, start, 'event', index);
    const fields = requiredFields(envelope, bytes, meta);
    const size = end - start;
    if (size <= maxEventBytes) {
      passOn(envelope, () => sink(bytes, start, end, meta));
      return;
    }
    const reason = `the event has ${size} bytes, more than ${maxEventBytes}`;
    const short = Buffer.from(cutTo(fields, bytes, reason));
    if (!truncateOversize || short.length > maxEventBytes) {
      throw new DecodeError('event_too_large', `event ${index}: ${reason}`, { index });
    }
    passOn(envelope, () => void cut.write(short));
  }

  return jsonStream(take, { maxEventBytes: maxRequestBytes, elements: true });
}

/**
 * The array of events in a RecordEventsRequest; null for an absent one, undefined for anything else.
 * @param index of the next event.
 */
function eventsIn(bytes: Uint8Array, start: number, index: number): Slice | null | undefined {
  if (!isObjectAt(bytes, start)) return undefined;
  const members = membersOf(bytes, start);
  const [events, again] = members.filter(({ key }) => key === 'events');
  if (!events || members.some(({ key }) => key === ATTRIBUTE.eventId)) return undefined;
  const { valueStart, end } = events;
  // In protobuf's JSON mapping, null means an empty list.
  if (!again && textOf(bytes, valueStart, end) === 'null') return null;
  if (!again && isArrayAt(bytes, valueStart)) return { start: valueStart, end };
  const problem = again ? 'is there twice' : 'must be an array of events';
  throw new DecodeError('invalid_event', `events ${problem}`, { index, field: 'events' });
}

function requiredFields(envelope: Envelope, bytes: Uint8Array, meta: EventMeta): Member[] {
  const text = (member: Member): string | undefined => textProblem(bytes, member);
  const fields = [
    requiredField(envelope, ATTRIBUTE.eventId, text),
    requiredField(envelope, ATTRIBUTE.eventTime, member => timeProblem(bytes, member)),
    requiredField(envelope, ATTRIBUTE.eventType, text),
    requiredField(envelope, ATTRIBUTE.eventName, text),
  ];
  // The journal recognizes an id only by the plain spelling of its key: with another, a retry would be stored twice.
  if (meta.idStart < 0) throw wrongField(envelope, ATTRIBUTE.eventId, 'is spelled with escapes');
  return fields;
}

/** An event of only these fields, with the reason why the rest is missing. */
function cutTo(fields: readonly Member[], bytes: Uint8Array, reason: string): string {
  const members = fields.map(({ key, valueStart, end }) => `"${key}":${textOf(bytes, valueStart, end)}`);
  const marks = [`"${ATTRIBUTE.truncated}":true`, `"${ATTRIBUTE.reason}":${JSON.stringify(reason)}`];
  return `{${[...members, ...marks].join(',')}}\n`;
}
