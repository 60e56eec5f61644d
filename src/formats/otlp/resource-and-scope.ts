import type { Outer } from './outer-member.js';
import type { Parts } from './members.js';
import { keysOf } from './piece.js';
import { OF_RESOURCE, OF_SCOPE, RESOURCE, SCOPE } from './messages.js';
import { offsetsOf } from './wire.js';

const KEYS = keysOf([
  'service_name',
  'scope_name',
  'scope_version',
  'resource_schema_url',
  'scope_schema_url',
  'resource_dropped_attributes_count',
  'scope_dropped_attributes_count',
]);

/** The members from resource and scope, attributes excluded. */
export const OUTER_KEYS: readonly string[] = Object.keys(KEYS);

const SERVICE_NAME = Buffer.from('service.name');

/** Creates the reader of resources and scopes: of ResourceLogs, ScopeLogs and the like, each between two offsets. */
export function resourceAndScope(parts: Parts) {
  const { wire, out, attributes, members } = parts;
  const resourceAt = offsetsOf(RESOURCE);
  const scopeAt = offsetsOf(SCOPE);

  /** A copy of the bytes that `write` writes. */
  function written(write: () => void): Uint8Array {
    out.begin();
    const { start } = out;
    write();
    const json = out.isTooLarge ? undefined : Buffer.from(out.bytes.subarray(start, out.pos));
    out.rewind(start);
    if (json) return json;
    throw attributes.tooLarge('a resource or scope');
  }

  return {
    resource(start: number, end: number): Outer {
      const at = wire.last(OF_RESOURCE.resource, start, end);
      const schemaUrl = wire.last(OF_RESOURCE.schema_url, start, end);
      const { no } = RESOURCE;
      const resourceEnd = at < 0 ? end : wire.enter(at);
      if (at < 0) resourceAt.fill(-1);
      else wire.scan(RESOURCE, wire.pos, resourceEnd, resourceAt);
      const first = resourceAt[no.attributes]!;
      const fixed = written(() => {
        writeServiceName(parts, first, resourceEnd);
        members.uint32(KEYS.resource_dropped_attributes_count, resourceAt[no.dropped_attributes_count]!);
        members.string(KEYS.resource_schema_url, schemaUrl);
      });
      return { fixed, attributes: attributes.outer('resource', no.attributes, first, resourceEnd) };
    },
    scope(start: number, end: number): Outer {
      const at = wire.last(OF_SCOPE.scope, start, end);
      const schemaUrl = wire.last(OF_SCOPE.schema_url, start, end);
      const { no } = SCOPE;
      const scopeEnd = at < 0 ? end : wire.enter(at);
      if (at < 0) scopeAt.fill(-1);
      else wire.scan(SCOPE, wire.pos, scopeEnd, scopeAt);
      const fixed = written(() => {
        members.string(KEYS.scope_name, scopeAt[no.name]!);
        members.string(KEYS.scope_version, scopeAt[no.version]!);
        members.uint32(KEYS.scope_dropped_attributes_count, scopeAt[no.dropped_attributes_count]!);
        members.string(KEYS.scope_schema_url, schemaUrl);
      });
      return { fixed, attributes: attributes.outer('scope', no.attributes, scopeAt[no.attributes]!, scopeEnd) };
    },
  };
}

function writeServiceName({ wire, out, values }: Parts, first: number, end: number): void {
  for (let at = first; at >= 0;) {
    const after = wire.keyValue(at);
    const { value } = wire;
    if (value >= 0 && SERVICE_NAME.equals(wire.bytes.subarray(wire.keyStart, wire.keyEnd))) {
      out.key(KEYS.service_name);
      values.write(value, 1);
      return;
    }
    at = wire.next(RESOURCE.no.attributes, after, end);
  }
}
