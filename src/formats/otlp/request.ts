import { anyValues } from './any-value.js';
import type { AttributeKeys } from './attribute-keys.js';
import { attributesOf } from './attributes.js';
import { DecodeError, type RefusalReason } from '../decoder.js';
import type { ReadableRequest } from './encoding.js';
import type { JsonWriter } from './json-writer.js';
import { logRecords } from './log-records.js';
import { membersOf, type Parts, type RecordReader } from './members.js';
import { OF_RESOURCE, OF_SCOPE, REQUEST, type Signal } from './messages.js';
import { metrics } from './metrics.js';
import { resourceAndScope } from './resource-and-scope.js';
import { type Outer } from './outer-member.js';
import { spans } from './spans.js';
import { openWire } from './wire.js';

const CLOSING_BRACE = 0x7d;

const READERS: Readonly<Record<Signal, (parts: Parts) => RecordReader>> = { traces: spans, logs: logRecords, metrics };

/** Iterates over the events of a request. */
export interface RequestEvents {
  /**
   * Writes the next event: a log record, a span or a data point, with the members of its resource and scope. The caller
   * may keep or discard it. Returns false after the last.
   * @throws DecodeError for invalid protobuf, and for an unreadable resource or scope
   */
  next(): boolean;
  /** The error when the record that `next` has read cannot be an event. */
  readonly refusal: DecodeError | undefined;
}

/** Errors limited to a record: its end is known. */
const OF_RECORD: ReadonlySet<RefusalReason> = new Set(['invalid_utf8', 'nested_too_deep', 'invalid_otlp']);

/**
 * Begins to read a request.
 * Over 60 lines: the loops over resources, scopes and records are one state machine.
 */
export function requestEvents(
  { signal, encoding, bytes: request }: ReadableRequest,
  out: JsonWriter,
  keys: AttributeKeys,
): RequestEvents {
  const wire = openWire(request);
  const values = anyValues(wire, out);
  const attributes = attributesOf(wire, out, keys, values);
  const parts: Parts = { wire, out, values, attributes, members: membersOf(wire, out, encoding === 'json') };
  const reader = READERS[signal](parts);
  const outer = resourceAndScope(parts);

  let resource = wire.next(REQUEST.resources, 0, request.length);
  let resourceEnd = 0;
  let ofResource: Outer = { fixed: new Uint8Array(0), attributes: [] };
  let scope = -1;
  let scopeEnd = 0;
  let record = -1;
  let isOpen = false;
  let refusal: DecodeError | undefined;

  function openResource(): void {
    resourceEnd = wire.enter(resource);
    const start = wire.pos;
    ofResource = outer.resource(start, resourceEnd);
    scope = wire.next(OF_RESOURCE.scopes, start, resourceEnd);
    resource = wire.next(REQUEST.resources, resourceEnd, request.length);
  }

  function openScope(): void {
    scopeEnd = wire.enter(scope);
    const start = wire.pos;
    attributes.setOuter(outer.scope(start, scopeEnd), ofResource);
    record = wire.next(OF_SCOPE.records, start, scopeEnd);
    scope = wire.next(OF_RESOURCE.scopes, scopeEnd, resourceEnd);
  }

  function openRecord(): void {
    const end = wire.enter(record);
    reader.open(wire.pos, end);
    isOpen = true;
    record = wire.next(OF_SCOPE.records, end, scopeEnd);
  }

  /** Writes the next event of the current record. Returns false after the last. */
  function readRecord(): boolean {
    try {
      if (!reader.next()) return false;
      out.byte(CLOSING_BRACE);
    } catch (error) {
      if (!(error instanceof DecodeError) || !OF_RECORD.has(error.reason)) throw error;
      refusal = error;
    }
    return true;
  }

  return {
    get refusal() {
      return refusal;
    },
    next() {
      refusal = undefined;
      for (;;) {
        out.begin();
        if (isOpen && readRecord()) return true;
        isOpen = false;
        if (record >= 0) openRecord();
        else if (scope >= 0) openScope();
        else if (resource >= 0) openResource();
        else return false;
      }
    },
  };
}
