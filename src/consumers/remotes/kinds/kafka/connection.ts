import { setTimeout as sleep } from 'node:timers/promises';
import { TelemetryError } from '../../../../core/errors.js';
import { faultPoint } from '../../../../core/fault-point.js';
import { RefusedBatch, type Batch, type RemoteConnection, type RemoteContext, type SendOutcome } from '../../kind.js';
import { createTopic, loadDriver, openProducer, type Driver, type KafkaProducer } from './driver.js';
import { isKnownTopic, isTooLarge, isUnknownTopic, sendError } from './errors.js';
import { eventsSql, MessageMaker, type EventMessage } from './messages.js';
import { optionsOf, type KafkaOptions } from './options.js';

/** Maximum bytes of one partition in a request: below the default of `message.max.bytes`, 1,048,588. */
const PARTITION_BYTES = 900_000;

/** Maximum bytes of a request over all partitions. */
const REQUEST_BYTES = 8 * 1024 * 1024;

/** A connection that produces the messages of events, in the order of their ids within a partition. */
export class KafkaConnection implements RemoteConnection {
  readonly description: string;
  readonly #driver: Driver;
  readonly #options: KafkaOptions;
  readonly #maker: MessageMaker;
  readonly #context: RemoteContext;
  #producer: KafkaProducer;
  /** All messages up to this id are acknowledged. A batch that is halved continues after it. */
  #ackedId = 0;
  #partitionBytes = PARTITION_BYTES;

  private constructor(driver: Driver, producer: KafkaProducer, partitions: number, context: RemoteContext) {
    this.#driver = driver;
    this.#producer = producer;
    this.#context = context;
    this.#options = optionsOf(context.remote);
    const { topic, brokers } = this.#options;
    const { defaultPartitioner } = driver;
    const hash = (key: Buffer): number => defaultPartitioner({ topic }, key);
    this.#maker = new MessageMaker(context.store, topic, partitions, hash);
    this.description = `Kafka at ${brokers[0]!}, topic ${topic} of ${partitions} partitions`;
  }

  /** Connects, and creates the topic when it is missing. @throws TelemetryError `failure`. */
  static async open(context: RemoteContext): Promise<KafkaConnection> {
    const options = optionsOf(context.remote);
    const driver = await loadDriver();
    const producer = openProducer(driver, options);
    try {
      const partitions = await partitionsOf(driver, producer, options);
      return new KafkaConnection(driver, producer, partitions, context);
    } catch (error) {
      await closeProducer(producer);
      context.signal.throwIfAborted();
      throw sendError(error);
    }
  }

  /** Undefined: Kafka stores no position. */
  position(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async send(batch: Batch): Promise<SendOutcome> {
    const afterId = Math.max(batch.afterId, this.#ackedId);
    let bytes = 0;
    if (afterId >= batch.toId) return { bytes };
    const { batches } = await batch.session.query(eventsSql(batch, afterId, this.#options.partitionBy));
    const request = new Request();
    // The next request is built while the last one is being sent.
    let sending: Promise<void> = Promise.resolve();
    const flush = async (): Promise<void> => {
      await sending;
      batch.signal.throwIfAborted();
      bytes += request.bytes;
      sending = this.#produce(request.take());
      sending.catch(() => undefined);
    };
    for await (const rows of batches) {
      for (const row of rows) {
        const event = this.#maker.make(row);
        if (!request.hasRoomFor(event, this.#partitionBytes)) await flush();
        request.add(event);
      }
    }
    if (!request.isEmpty) await flush();
    await sending;
    this.#ackedId = Math.max(this.#ackedId, batch.toId);
    faultPoint('kafka:sent');
    return { bytes };
  }

  async close(): Promise<void> {
    await closeProducer(this.#producer);
  }

  /** Sends messages, in halves when the broker refuses their size. */
  async #produce(events: readonly EventMessage[]): Promise<void> {
    try {
      await this.#producer.send({ messages: events.map(({ message }) => message) });
      this.#ackedId = events.at(-1)!.id;
      faultPoint('kafka:produced');
    } catch (error) {
      this.#context.signal.throwIfAborted();
      await this.#renewProducer();
      if (!isTooLarge(error)) throw sendError(error);
      const [first] = events;
      if (events.length === 1) {
        throw new RefusedBatch(`the message has ${first!.bytes} bytes, more than the topic takes (MESSAGE_TOO_LARGE)`, {
          cause: error,
        });
      }
      this.#partitionBytes = Math.max(1, Math.floor(this.#partitionBytes / 2));
      const middle = Math.floor(events.length / 2);
      await this.#produce(events.slice(0, middle));
      await this.#produce(events.slice(middle));
    }
  }

  /**
   * Replaces the producer after an error. A producer numbers its messages, and the numbers that the broker has stored
   * are then unknown: it would drop new messages with numbers that it already has.
   */
  async #renewProducer(): Promise<void> {
    await closeProducer(this.#producer);
    this.#producer = openProducer(this.#driver, this.#options);
  }
}

/** The messages of one request. */
class Request {
  #events: EventMessage[] = [];
  readonly #partitions = new Map<number, number>();
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  hasRoomFor({ bytes, message }: EventMessage, partitionBytes: number): boolean {
    if (this.isEmpty) return true;
    return (
      (this.#partitions.get(message.partition) ?? 0) + bytes <= partitionBytes && this.#bytes + bytes <= REQUEST_BYTES
    );
  }

  add(event: EventMessage): void {
    const { partition } = event.message;
    this.#events.push(event);
    this.#bytes += event.bytes;
    this.#partitions.set(partition, (this.#partitions.get(partition) ?? 0) + event.bytes);
  }

  /** Returns the messages and removes them. */
  take(): readonly EventMessage[] {
    const events = this.#events;
    this.#events = [];
    this.#partitions.clear();
    this.#bytes = 0;
    return events;
  }
}

/** Attempts to see a new topic, which reaches the brokers one after the other. */
const LOOKS = 20;
const LOOK_MS = 250;

/** The number of partitions of the topic, which is created when it is missing. */
async function partitionsOf(driver: Driver, producer: KafkaProducer, options: KafkaOptions): Promise<number> {
  const { topic } = options;
  const found = await countPartitions(producer, topic);
  if (found > 0) return found;
  try {
    await createTopic(driver, options);
  } catch (error) {
    if (!isKnownTopic(error)) throw error;
  }
  for (let looks = 0; looks < LOOKS; looks++) {
    const created = await countPartitions(producer, topic);
    if (created > 0) return created;
    await sleep(LOOK_MS);
  }
  throw new TelemetryError('failure', `cannot see the topic ${topic} after creating it`);
}

/** The number of partitions of a topic; 0 when it does not exist. */
async function countPartitions(producer: KafkaProducer, topic: string): Promise<number> {
  try {
    const { topics } = await producer.metadata({ topics: [topic], forceUpdate: true, autocreateTopics: false });
    return topics.get(topic)?.partitionsCount ?? 0;
  } catch (error) {
    if (isUnknownTopic(error)) return 0;
    throw error;
  }
}

/** Closes a producer, even during a request or without connections. Never rejects. */
function closeProducer(producer: KafkaProducer): Promise<void> {
  return new Promise(resolve => {
    producer.close(true, () => {
      resolve();
    });
  });
}
