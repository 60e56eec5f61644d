import { anyValues } from './any-value.js';
import type { AttributeKeys } from './attribute-keys.js';
import { attributesOf } from './attributes.js';
import type { JsonWriter } from './json-writer.js';
import { logRecords } from './log-records.js';
import { membersOf, type Parts, type RecordReader } from './members.js';
import { OF_RESOURCE, OF_SCOPE, REQUEST, type Signal } from './messages.js';
import { metrics } from './metrics.js';
import { resourceAndScope } from './resource-and-scope.js';
import { spans } from './spans.js';
import { openWire } from './wire.js';

const CLOSING_BRACE = 0x7d;

const READERS: Readonly<Record<Signal, (parts: Parts) => RecordReader>> = { traces: spans, logs: logRecords, metrics };

/**
 * Writes the events of a request one after another, and stops after each: a log record, a span or a data point, with
 * what its resource and scope say. What stands on the writer then is the caller's to take or leave.
 * @throws DecodeError for what is not protobuf, not UTF-8 or not OTLP
 */
export function* requestEvents(
  signal: Signal,
  request: Uint8Array,
  out: JsonWriter,
  keys: AttributeKeys,
): Generator<void> {
  const wire = openWire(request);
  const values = anyValues(wire, out);
  const attributes = attributesOf(wire, out, keys, values);
  const parts: Parts = { wire, out, values, attributes, members: membersOf(wire, out) };
  const reader = READERS[signal](parts);
  const outer = resourceAndScope(parts);

  for (let resource = wire.next(REQUEST.resources, 0, request.length); resource >= 0;) {
    const resourceEnd = wire.enter(resource);
    const resourceStart = wire.pos;
    const ofResource = outer.resource(resourceStart, resourceEnd);
    for (let scope = wire.next(OF_RESOURCE.scopes, resourceStart, resourceEnd); scope >= 0;) {
      const scopeEnd = wire.enter(scope);
      const scopeStart = wire.pos;
      attributes.setOuter(outer.scope(scopeStart, scopeEnd), ofResource);
      for (let record = wire.next(OF_SCOPE.records, scopeStart, scopeEnd); record >= 0;) {
        const recordEnd = wire.enter(record);
        reader.open(wire.pos, recordEnd);
        out.begin();
        while (reader.next()) {
          out.byte(CLOSING_BRACE);
          yield;
          out.begin();
        }
        record = wire.next(OF_SCOPE.records, recordEnd, scopeEnd);
      }
      scope = wire.next(OF_RESOURCE.scopes, scopeEnd, resourceEnd);
    }
    resource = wire.next(REQUEST.resources, resourceEnd, request.length);
  }
}
