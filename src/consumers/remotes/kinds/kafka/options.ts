import { TelemetryError } from '../../../../core/errors.js';
import type { Remote } from '../../remote.js';

/** The brokers, login and topic of a Kafka remote, from its URL and options. */
export interface KafkaOptions {
  /** `HOST:PORT` of the bootstrap brokers. */
  readonly brokers: readonly string[];
  readonly isEncrypted: boolean;
  readonly login: KafkaLogin | undefined;
  readonly topic: string;
  /** The attribute whose values choose the partition; undefined spreads events over all. */
  readonly partitionBy: string | undefined;
}

/** Credentials and their SASL mechanism. */
export interface KafkaLogin {
  readonly mechanism: (typeof MECHANISMS)[number];
  readonly username: string;
  readonly password: string;
}

/** The names of the options of a remote. */
export const OPTION_NAMES = ['topic', 'partition-by'] as const;

/** The SASL mechanisms with a name and a password. */
export const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

const DEFAULT_TOPIC = 'telemetry';
const DEFAULT_PORT = '9092';

/** Valid names of topics (Kafka, `Topic.java`). */
const TOPIC = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

/** Reads the URL and the options of a remote. @throws TelemetryError `usage`. */
export function optionsOf({ url, definition }: Remote): KafkaOptions {
  const { topic = DEFAULT_TOPIC, 'partition-by': partitionBy } = definition.options;
  if (!TOPIC.test(topic)) {
    throw new TelemetryError('usage', `not the name of a Kafka topic: "${topic}"`, {
      remedy: 'It has at most 249 letters, digits, dots, hyphens and underscores.',
    });
  }
  if (url.hostname === '' || (url.pathname !== '' && url.pathname !== '/') || url.hash !== '') throw malformed();
  for (const name of url.searchParams.keys()) {
    if (name !== 'brokers' && name !== 'sasl') throw malformed();
  }
  const more = url.searchParams.getAll('brokers').flatMap(list => list.split(','));
  return {
    brokers: [`${url.hostname}:${url.port === '' ? DEFAULT_PORT : url.port}`, ...more.map(withPort)],
    isEncrypted: url.protocol === 'kafkas:',
    login: loginOf(url),
    topic,
    partitionBy,
  };
}

function withPort(broker: string): string {
  if (!/^[^\s:/]+(?::\d+)?$/.test(broker)) throw malformed();
  return broker.includes(':') ? broker : `${broker}:${DEFAULT_PORT}`;
}

function loginOf(url: URL): KafkaLogin | undefined {
  const name = (url.searchParams.get('sasl') ?? 'PLAIN').toUpperCase();
  const mechanism = MECHANISMS.find(known => known === name);
  if (mechanism === undefined) {
    throw new TelemetryError('usage', `not a mechanism of SASL that telemetry knows: "${name}"`, {
      remedy: `It is one of ${MECHANISMS.join(', ')}.`,
    });
  }
  if (url.username === '') return undefined;
  return {
    mechanism,
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

function malformed(): TelemetryError {
  return new TelemetryError('usage', 'not the URL of a Kafka cluster', {
    remedy:
      'Write kafka://HOST:9092, kafkas:// for TLS, and as needed USER@ and ?brokers=HOST:PORT,...&sasl=SCRAM-SHA-512.',
  });
}
