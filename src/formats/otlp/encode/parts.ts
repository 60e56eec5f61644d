import { elementsOf, isObjectAt } from '../../json/members.js';
import { anyValueJson, keyValue, keyValues } from './any-value-json.js';
import type { Level } from '../attribute-keys.js';
import { EventMembers, NATURAL } from './event-members.js';
import type { SentLevels } from './levels.js';

/** An event to encode. */
export interface EncodedEvent {
  readonly members: EventMembers;
  /** Undefined for an event that did not come as OTLP. */
  readonly sent: SentLevels | undefined;
  /** The id of the event for a receiver of log records, where the record has none. */
  readonly eventId?: string | undefined;
  readonly type: string;
  readonly name: string | null;
  readonly severity: string | null;
  readonly message: string | null;
  readonly service: string | null;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly parentSpanId: string | null;
  /** In milliseconds, as text. */
  readonly durationMs: string | null;
  /** Microseconds since 1970. */
  readonly time: bigint;
}

/** A record, with the resource and scope that it belongs to, as OTLP/JSON. */
export interface EncodedRecord {
  readonly resource: string;
  readonly scope: string;
  readonly record: string;
  /** The JSON before and after consecutive records of one metric. */
  readonly metric?: readonly [string, string];
}

/** Prefixes of attributes that describe a resource (OpenTelemetry semantic conventions, "Resource"). */
const RESOURCE_KEY =
  /^(?:service|telemetry\.sdk|telemetry\.distro|host|os|process|container|k8s|cloud|deployment|device|faas|webengine)\./;

/**
 * A record with its members, and attributes, resource and scope from the members that are left.
 * @param type of events that records of this signal are decoded into
 * @param eventId the attribute `event_id` of an event without one
 */
export function recordOf(
  event: EncodedEvent,
  type: 'trace' | 'metric' | 'log',
  fields: readonly (string | undefined)[],
  eventId?: string,
): EncodedRecord {
  const { members, service, sent } = event;
  members.takeString('type', text => text === type);
  const text = (key: string, as: string): string | undefined => stringField(as, members.takeString(key));
  const dropped = (key: string): string | undefined => field('droppedAttributesCount', members.takeJson(key, NATURAL));
  const scopeFields = [text('scope_name', 'name'), text('scope_version', 'version')];
  const scopeDropped = dropped('scope_dropped_attributes_count');
  const resourceDropped = dropped('resource_dropped_attributes_count');
  const urls = [text('resource_schema_url', 'schemaUrl'), text('scope_schema_url', 'schemaUrl')];
  const lists: Record<Level, string[]> = { attributes: [], scope: [], resource: [] };
  if (eventId !== undefined && !members.has('event_id')) {
    lists.attributes.push(keyValue('event_id', `{"stringValue":${JSON.stringify(eventId)}}`));
  }
  if (sent && members.has('service.name')) members.drop('service_name');
  else if (service !== null) {
    members.takeString('service_name', text => text === service);
    members.takeString('service.name', text => text === service);
    lists.resource.push(keyValue('service.name', `{"stringValue":${JSON.stringify(service)}}`));
  }
  const isResourceKey = (key: string): boolean => RESOURCE_KEY.test(key);
  members.takeEach((name, start, end, index) => {
    const { level, key } = sent?.attribute(name, index, isResourceKey) ?? {
      level: isResourceKey(name) ? 'resource' : 'attributes',
      key: name,
    };
    lists[level].push(keyValue(key, anyValueJson(members.bytes, start, end)));
    return true;
  });
  const [attributes, ofScope, ofResource] = [lists.attributes, lists.scope, lists.resource].map(list =>
    list.length === 0 ? undefined : `"attributes":[${list.join(',')}]`,
  );
  const [resourceUrl, scopeUrl] = urls.map(url => (url === undefined ? '' : `,${url}`));
  return {
    resource: `"resource":${objectOf([ofResource, resourceDropped])}${resourceUrl}`,
    scope: `"scope":${objectOf([...scopeFields, ofScope, scopeDropped])}${scopeUrl}`,
    record: objectOf([...fields, attributes]),
  };
}

/** An object of the members that there are. */
export function objectOf(fields: readonly (string | undefined)[]): string {
  return `{${fields.filter(field => field !== undefined).join(',')}}`;
}

/** A member; undefined without a value. @param json its value as JSON */
export function field(name: string, json: string | undefined): string | undefined {
  return json === undefined ? undefined : `"${name}":${json}`;
}

/** A member that is a string. */
export function stringField(name: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : `"${name}":${JSON.stringify(text)}`;
}

/** A member that is an integer of 64 bits: a decimal string. */
export function longField(name: string, digits: string | undefined): string | undefined {
  return digits === undefined ? undefined : `"${name}":"${digits}"`;
}

const NANOS = 1000n;

/** Keys that a time may come from as text. */
const TIME_KEYS = [
  'event_time',
  'time',
  'timestamp',
  '@timestamp',
  'ts',
  'event_timestamp',
  'metric_timestamp',
  'start',
];

/** The time of an event in nanoseconds since 1970: with the last digits of a text that has nine. */
export function nanoseconds({ members, time }: EncodedEvent): bigint {
  for (const key of TIME_KEYS) {
    const [, micros, nanos] = /\.(\d{6})(\d{1,3})/.exec(members.string(key) ?? '') ?? [];
    if (nanos !== undefined && time % 1_000_000n === BigInt(micros!)) {
      return time * NANOS + BigInt(nanos.padEnd(3, '0'));
    }
  }
  return time * NANOS;
}

/** A list of objects that the decoder wrote, converted one by one; undefined where the member is another value. */
export function objectList(
  members: EventMembers,
  key: string,
  convert: (item: EventMembers) => string,
): string | undefined {
  const json = members.json(key);
  if (!json?.startsWith('[')) return undefined;
  const bytes = Buffer.from(json);
  const slices = Array.from(elementsOf(bytes, 0));
  if (!slices.every(({ start }) => isObjectAt(bytes, start))) return undefined;
  members.drop(key);
  return `[${slices.map(({ start, end }) => convert(new EventMembers(bytes.subarray(start, end)))).join(',')}]`;
}

/** The attributes of such an object. */
export function attributesField(item: EventMembers, name = 'attributes'): string | undefined {
  const json = item.json('attributes');
  return json?.startsWith('{') ? field(name, keyValues(Buffer.from(json), 0)) : undefined;
}
