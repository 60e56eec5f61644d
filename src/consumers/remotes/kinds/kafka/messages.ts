import { attributeType, type Attribute } from '../../../../core/attribute.js';
import { TelemetryError } from '../../../../core/errors.js';
import type { Row } from '../../../../core/result.js';
import type { StoreIdentity } from '../../../../store/database/store-identity.js';
import { isoTime } from '../../../../store/archive/as-sent.js';
import { quoteName } from '../../../../store/sql/text.js';
import { eventNanoseconds } from '../../event-nanoseconds.js';
import type { Batch } from '../../kind.js';

/** A message to produce. */
export interface KafkaMessage {
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Map<Buffer, Buffer>;
  readonly partition: number;
}

/** An event, and the message that it becomes. */
export interface EventMessage {
  readonly id: number;
  readonly message: KafkaMessage;
  /** An upper bound of the bytes that the message takes in a request. */
  readonly bytes: number;
}

/** Bytes of a record besides its key, value and headers: lengths and deltas as varints (Kafka protocol, "Record"). */
const RECORD_BYTES = 64;

/** A query for the events of a batch after an id, in the order of their ids. @throws TelemetryError `failure`. */
export function eventsSql(
  { source, session, attributes }: Batch,
  afterId: number,
  partitionBy: string | undefined,
): string {
  const time = `coalesce(replace(make_timestamp_ns(${eventNanoseconds(session)})::varchar, ' ', 'T') || 'Z', ${isoTime('"time"')})`;
  const partition = partitionBy === undefined ? 'null' : partitionSql(partitionBy, attributes);
  return `select id, "type", ${time}, payload::varchar, ${partition} from ${source} where id > ${afterId} order by id`;
}

/** SQL for the text that chooses the partition; NULL where no event has the attribute yet. */
function partitionSql(name: string, attributes: readonly Attribute[]): string {
  const lower = name.toLowerCase();
  if (CORE.has(lower)) return `${quoteName(lower)}::varchar`;
  const attribute = attributes.find(known => known.name.toLowerCase() === lower);
  if (attribute === undefined) return 'null';
  if (attributeType(attribute.kinds) === 'JSON') {
    throw new TelemetryError(
      'failure',
      `the attribute ${attribute.name} has objects or arrays, which choose no partition`,
    );
  }
  return `${quoteName(attribute.name)}::varchar`;
}

/** Core columns that may choose a partition. */
const CORE: ReadonlySet<string> = new Set('type name severity service trace_id span_id parent_span_id'.split(' '));

const HEADERS = {
  store: Buffer.from('store'),
  epoch: Buffer.from('epoch'),
  id: Buffer.from('id'),
  type: Buffer.from('type'),
  time: Buffer.from('time'),
} as const;

/** Bytes of the names of all headers, and of the lengths around them. */
const HEADER_BYTES = Object.values(HEADERS).reduce((sum, { length }) => sum + length + 8, 0);

/** Maximum number of event types whose bytes are cached. */
const MAX_TYPES = 1000;

/** Makes the messages of a store's events. */
export class MessageMaker {
  readonly #store: StoreIdentity;
  readonly #topic: string;
  readonly #partitions: number;
  readonly #hash: (key: Buffer) => number;
  readonly #storeId: Buffer;
  readonly #epoch: Buffer;
  #types = new Map<string, Buffer>();

  /**
   * @param hash the hash of Kafka's own clients, so that equal values share a partition whichever client writes them.
   */
  constructor(store: StoreIdentity, topic: string, partitions: number, hash: (key: Buffer) => number) {
    this.#store = store;
    this.#topic = topic;
    this.#partitions = partitions;
    this.#hash = hash;
    this.#storeId = Buffer.from(store.id);
    this.#epoch = Buffer.from(store.epoch);
  }

  /** The message of a row of {@link eventsSql}. */
  make([id, type, time, payload, chosenBy]: Row): EventMessage {
    const { id: storeId, epoch } = this.#store;
    const key = Buffer.from(`${storeId}:${epoch}:${id!}`);
    const value = Buffer.from(payload!);
    const headers = new Map<Buffer, Buffer>([
      [HEADERS.store, this.#storeId],
      [HEADERS.epoch, this.#epoch],
      [HEADERS.id, Buffer.from(id!)],
      [HEADERS.type, this.#typeBuffer(type!)],
      [HEADERS.time, Buffer.from(time!)],
    ]);
    // Ids spread events evenly, and a repeated event goes to the same partition.
    const number = chosenBy == null ? Number(id) : this.#hash(Buffer.from(chosenBy));
    const partition = number % this.#partitions;
    let bytes = RECORD_BYTES + HEADER_BYTES + key.length + value.length;
    for (const header of headers.values()) bytes += header.length;
    return { id: Number(id), message: { topic: this.#topic, key, value, headers, partition }, bytes };
  }

  /** The bytes of a type, cached: most events share few types. */
  #typeBuffer(type: string): Buffer {
    const known = this.#types.get(type);
    if (known) return known;
    if (this.#types.size >= MAX_TYPES) this.#types = new Map();
    const bytes = Buffer.from(type);
    this.#types.set(type, bytes);
    return bytes;
  }
}
