import { TelemetryError } from '../../../../core/errors.js';
import type { KafkaOptions } from './options.js';

/** The package that implements Kafka's protocol. */
export type Driver = typeof import('@platformatic/kafka');

/** An idempotent producer. */
export type KafkaProducer = InstanceType<Driver['Producer']>;

const CONNECT_TIMEOUT_MS = 10_000;

/** Request timeout in milliseconds: replicating a large batch may take long. */
const REQUEST_TIMEOUT_MS = 60_000;

/**
 * Retries of the library for one request, to follow a partition to a new leader. After them, forwarding retries later.
 */
const RETRIES = 3;
const RETRY_DELAY_MS = 250;

/** Loads the package. @throws TelemetryError `failure` when it is not installed. */
export async function loadDriver(): Promise<Driver> {
  try {
    return await import('@platformatic/kafka');
  } catch (error) {
    throw new TelemetryError('failure', 'Kafka needs the package @platformatic/kafka', {
      remedy: 'Install telemetry again.',
      cause: error,
    });
  }
}

/** A producer whose messages are acknowledged by all in-sync replicas, each stored once and in order while it lives. */
export function openProducer({ Producer }: Driver, options: KafkaOptions): KafkaProducer {
  return new Producer({ ...connectionOf(options), idempotent: true, autocreateTopics: false });
}

/** Creates a topic with the brokers' default numbers of partitions and replicas. */
export async function createTopic({ Admin }: Driver, options: KafkaOptions): Promise<void> {
  const admin = new Admin(connectionOf(options));
  try {
    await admin.createTopics({ topics: [options.topic], partitions: -1, replicas: -1 });
  } finally {
    await admin.close();
  }
}

function connectionOf({ brokers, isEncrypted, login }: KafkaOptions) {
  return {
    clientId: 'telemetry',
    bootstrapBrokers: [...brokers],
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retries: RETRIES,
    retryDelay: RETRY_DELAY_MS,
    ...(isEncrypted && { tls: {}, tlsServerName: true }),
    ...(login !== undefined && { sasl: { ...login } }),
  };
}
