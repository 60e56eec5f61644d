// The raw operation of forwarding to Kafka: an idempotent producer that sends the same payloads in requests of the same size.
// node kafka-produce.mjs BROKER TOPIC events.ndjson
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Producer, defaultPartitioner } from '@platformatic/kafka';

const [, , broker, topic, file] = process.argv;
const PARTITION_BYTES = 900_000;
const producer = new Producer({ clientId: 'raw', bootstrapBrokers: [broker], idempotent: true, retries: 3 });
const { topics } = await producer.metadata({ topics: [topic] });
const { partitionsCount } = topics.get(topic);
const names = ['store', 'epoch', 'id', 'type', 'time'].map(name => Buffer.from(name));
const [store, epoch, type, time] = ['s'.repeat(32), 'e'.repeat(16), 'event', '2024-07-03T05:16:55.000Z'].map(text =>
  Buffer.from(text),
);

let messages = [];
let bytes = new Map();
let id = 0;
async function flush() {
  await producer.send({ messages });
  messages = [];
  bytes = new Map();
}

for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
  const text = String(++id);
  const key = Buffer.from(`${store}:${epoch}:${text}`);
  const value = Buffer.from(line);
  const partition = defaultPartitioner({ topic }, key) % partitionsCount;
  const size = (bytes.get(partition) ?? 0) + value.length + 250;
  if (size > PARTITION_BYTES) await flush();
  bytes.set(partition, messages.length === 0 ? value.length + 250 : size);
  const headers = new Map([store, epoch, Buffer.from(text), type, time].map((header, i) => [names[i], header]));
  messages.push({ topic, key, value, partition, headers });
}
if (messages.length > 0) await flush();
await new Promise(resolve => producer.close(true, resolve));
