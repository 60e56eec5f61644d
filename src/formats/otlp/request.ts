import { anyValues } from './any-value.js';
import type { AttributeKeys } from './attribute-keys.js';
import { attributesOf, type Attributes } from './attributes.js';
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
import { openWire, type Wire } from './wire.js';

const CLOSING_BRACE = 0x7d;

const READERS: Readonly<Record<Signal, (parts: Parts) => RecordReader>> = { traces: spans, logs: logRecords, metrics };

/** Errors limited to a record: its end is known. */
const OF_RECORD: ReadonlySet<RefusalReason> = new Set(['invalid_utf8', 'nested_too_deep', 'invalid_otlp']);

/** Iterates over the events of a request. */
export class RequestEvents {
  readonly #wire: Wire;
  readonly #out: JsonWriter;
  readonly #attributes: Attributes;
  readonly #reader: RecordReader;
  readonly #outer: ReturnType<typeof resourceAndScope>;
  readonly #end: number;
  #resource: number;
  #resourceEnd = 0;
  #ofResource: Outer = { fixed: new Uint8Array(0), attributes: [] };
  #scope = -1;
  #scopeEnd = 0;
  #record = -1;
  #isOpen = false;
  #refusal: DecodeError | undefined;

  constructor({ signal, encoding, bytes }: ReadableRequest, out: JsonWriter, keys: AttributeKeys) {
    const wire = openWire(bytes);
    const values = anyValues(wire, out);
    const attributes = attributesOf(wire, out, keys, values);
    const parts: Parts = { wire, out, values, attributes, members: membersOf(wire, out, encoding === 'json') };
    this.#wire = wire;
    this.#out = out;
    this.#attributes = attributes;
    this.#reader = READERS[signal](parts);
    this.#outer = resourceAndScope(parts);
    this.#end = bytes.length;
    this.#resource = wire.next(REQUEST.resources, 0, this.#end);
  }

  /** The error when the record that `next` has read cannot be an event. */
  get refusal(): DecodeError | undefined {
    return this.#refusal;
  }

  /**
   * Writes the next event: a log record, a span or a data point, with the members of its resource and scope. The caller
   * may keep or discard it. Returns false after the last.
   * @throws DecodeError for invalid protobuf, and for an unreadable resource or scope
   */
  next(): boolean {
    this.#refusal = undefined;
    for (;;) {
      this.#out.begin();
      if (this.#isOpen && this.#readRecord()) return true;
      this.#isOpen = false;
      if (this.#record >= 0) this.#openRecord();
      else if (this.#scope >= 0) this.#openScope();
      else if (this.#resource >= 0) this.#openResource();
      else return false;
    }
  }

  #openResource(): void {
    const wire = this.#wire;
    const end = wire.enter(this.#resource);
    const start = wire.pos;
    this.#resourceEnd = end;
    this.#ofResource = this.#outer.resource(start, end);
    this.#scope = wire.next(OF_RESOURCE.scopes, start, end);
    this.#resource = wire.next(REQUEST.resources, end, this.#end);
  }

  #openScope(): void {
    const wire = this.#wire;
    const end = wire.enter(this.#scope);
    const start = wire.pos;
    this.#scopeEnd = end;
    this.#attributes.setOuter(this.#outer.scope(start, end), this.#ofResource);
    this.#record = wire.next(OF_SCOPE.records, start, end);
    this.#scope = wire.next(OF_RESOURCE.scopes, end, this.#resourceEnd);
  }

  #openRecord(): void {
    const end = this.#wire.enter(this.#record);
    this.#reader.open(this.#wire.pos, end);
    this.#isOpen = true;
    this.#record = this.#wire.next(OF_SCOPE.records, end, this.#scopeEnd);
  }

  /** Writes the next event of the current record. Returns false after the last. */
  #readRecord(): boolean {
    try {
      if (!this.#reader.next()) return false;
      this.#out.byte(CLOSING_BRACE);
    } catch (error) {
      if (!(error instanceof DecodeError) || !OF_RECORD.has(error.reason)) throw error;
      this.#refusal = error;
    }
    return true;
  }
}
