import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Admin, Consumer } from '@platformatic/kafka';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { kafka } from '../../../../../src/consumers/remotes/kinds/kafka/kind.js';
import { startEngine, type Engine } from '../../../../helpers/engines.js';
import { openTestJournal } from '../../../../helpers/journal.js';
import { addRemote, connectRemote, forwardTo, remoteOf } from '../../../../helpers/remotes.js';
import { readStore, temporaryStore, until } from '../../../../helpers/store.js';

const program = fileURLToPath(new URL('../../../../../bin/telemetry.js', import.meta.url));

const started = await startEngine('kafka');
const missing = 'missing' in started ? started.missing : undefined;

/** Some ten seconds. */
const MAX_TRIES = 50;

/** A message as a consumer reads it. */
interface Read {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly partition: number;
}

function addEvents(dir: string, lines: readonly string[]): void {
  const journal = openTestJournal(dir);
  journal.appendText(lines);
  journal.close();
}

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `{"n":${from + i},"user":"u${(from + i) % 5}"}`);
}

/** Begins to read a topic. A broker that has just started refuses groups, which is tried again. */
async function consume(options: { clientId: string; bootstrapBrokers: string[] }, topic: string) {
  for (let tries = 1; ; tries++) {
    const consumer = new Consumer({ ...options, groupId: `test-${Math.random()}`, autocommit: false });
    try {
      return { consumer, stream: await consumer.consume({ topics: [topic], mode: 'earliest' }) };
    } catch (error) {
      if (tries === MAX_TRIES) throw error;
      consumer.close(true, () => undefined);
      await sleep(200);
    }
  }
}

/** Reads what is in a topic now. */
async function readTopic(url: string, topic: string): Promise<Read[]> {
  const options = { clientId: 'test', bootstrapBrokers: [new URL(url).host] };
  const admin = new Admin(options);
  const metadata = await admin.metadata({ topics: [topic] });
  const partitions = Array.from({ length: metadata.topics.get(topic)!.partitionsCount }, (_, i) => i);
  const { [0]: ends } = await admin.listOffsets({
    topics: [{ name: topic, partitions: partitions.map(partitionIndex => ({ partitionIndex, timestamp: -1n })) }],
  });
  await admin.close();
  const wanted = ends!.partitions.reduce((sum, { offset }) => sum + Number(offset), 0);
  const { consumer, stream } = await consume(options, topic);
  const found: Read[] = [];
  if (wanted > 0) {
    for await (const { key, value, headers, partition } of stream) {
      const entries = [...headers].map(([name, content]) => [String(name), String(content)]);
      found.push({
        ...{ key: String(key), value: String(value), partition },
        headers: Object.fromEntries(entries) as Record<string, string>,
      });
      if (found.length === wanted) break;
    }
  }
  await stream.close();
  await new Promise<void>(resolve => {
    consumer.close(true, () => {
      resolve();
    });
  });
  return found;
}

function startForward(dir: string, env: Record<string, string> = {}): ChildProcess {
  const args = [program, 'forward', 'far', '--until-current', '--store', dir];
  return spawn(process.execPath, args, { env: { PATH: process.env.PATH, HOME: dir, ...env }, stdio: 'ignore' });
}

describe.skipIf(missing !== undefined)(`Kafka (${missing ?? 'one broker'})`, () => {
  const engine = started as Engine;
  let url = '';
  let topics = 0;
  let topic = '';

  beforeAll(() => {
    url = engine.values.URL!;
  });
  afterAll(() => engine.stop());
  beforeEach(() => {
    topic = `events-${++topics}`;
  });

  test('given events, then the messages have their bytes, keys and headers', async () => {
    const dir = temporaryStore();
    const line = '{ "type":"log",\t"time":"2026-05-01T10:00:00.123456789Z","text":"é☃", "n":1.0 }';
    addEvents(dir, [line, '"only a text"']);
    addRemote(dir, 'far', url, { options: { topic } });

    expect(await forwardTo(dir, 'far')).toMatchObject({ events: 2, rejected: 0, waiting: 0 });

    const [store] = readStore<{ id: string; epoch: string }>(dir, 'select id, epoch from store');
    const messages = (await readTopic(url, topic)).sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(messages[0]).toMatchObject({
      key: `${store!.id}:${store!.epoch}:1`,
      value: line,
      headers: { store: store!.id, epoch: store!.epoch, id: '1', type: 'log', time: '2026-05-01T10:00:00.123456789Z' },
    });
    expect(messages[1]).toMatchObject({ key: `${store!.id}:${store!.epoch}:2`, value: '"only a text"' });
  });

  test('given an attribute that partitions, then its values stay together in order', async () => {
    const dir = temporaryStore();
    addEvents(dir, numbered(1, 500));
    addRemote(dir, 'far', url, { options: { topic, 'partition-by': 'user' } });
    await forwardTo(dir, 'far');

    const messages = await readTopic(url, topic);
    for (let n = 0; n < 5; n++) {
      const of = messages.filter(({ value }) => value.includes(`"u${n}"`));
      expect(new Set(of.map(({ partition }) => partition)).size).toBe(1);
      const ids = of.map(({ headers }) => Number(headers.id));
      expect(ids).toHaveLength(100);
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    }
    expect(new Set(messages.map(({ partition }) => partition)).size).toBeGreaterThan(1);
  });

  test('given a message that is too large, then all others arrive once', async () => {
    const dir = temporaryStore();
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [new URL(url).host] });
    await admin.createTopics({
      topics: [topic],
      partitions: 2,
      configs: [{ name: 'max.message.bytes', value: '2000' }],
    });
    await admin.close();
    addEvents(dir, [...numbered(1, 40), `{"large":"${'x'.repeat(3000)}"}`, ...numbered(42, 60)]);
    addRemote(dir, 'far', url, { options: { topic } });

    expect(await forwardTo(dir, 'far')).toMatchObject({ rejected: 1, waiting: 0 });

    const rejects = readStore<{ event_id: number; reason: string }>(dir, 'select event_id, reason from remote_rejects');
    expect(rejects).toEqual([{ event_id: 41, reason: expect.stringContaining('MESSAGE_TOO_LARGE') as string }]);
    const keys = (await readTopic(url, topic)).map(({ headers }) => Number(headers.id));
    expect(new Set(keys).size).toBe(59);
    expect(keys).not.toContain(41);
  });

  test.each(['kafka:produced', 'kafka:sent'])(
    'given the forwarder killed at %s, then each event arrives',
    async step => {
      const dir = temporaryStore();
      addEvents(dir, numbered(1, 1000));
      addRemote(dir, 'far', url, { batch: 400, options: { topic } });
      const [, signal] = (await once(startForward(dir, { TELEMETRY_FAULT: step }), 'exit')) as [unknown, string];
      expect(signal).toBe('SIGKILL');

      await forwardTo(dir, 'far');

      const ids = (await readTopic(url, topic)).map(({ headers }) => Number(headers.id));
      expect(new Set(ids).size).toBe(1000);
      expect(ids.length).toBeLessThanOrEqual(1400);
    },
  );

  test('given a broker that asks for a login, then a wrong one is an error', async () => {
    const folder = temporaryStore();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'more.properties'), SASL);
    const own = (await startEngine('kafka', folder)) as Engine;
    try {
      const withPassword = (password: string): string =>
        `${own.values.URL!.replace('//', `//writer:${password}@`)}?sasl=plain`;
      const connection = await connectRemote(temporaryStore(), kafka, remoteOf(withPassword('s3same')));
      expect(connection.description).toMatch(/topic telemetry of 3 partitions/);
      const refused = connectRemote(temporaryStore(), kafka, remoteOf(withPassword('gu3ss')));
      await expect(refused).rejects.toThrow(/uthentication/);
      await expect(refused).rejects.not.toThrow(/gu3ss/);
    } finally {
      await own.stop();
    }
  });

  test('given the broker killed while messages are sent, then each event arrives', async () => {
    const dir = temporaryStore();
    addEvents(dir, numbered(1, 20_000));
    addRemote(dir, 'far', url, { batch: 1000, options: { topic } });
    const ended = once(startForward(dir), 'exit');
    await until(() => readStore(dir, 'select 1 from remotes where sent_events > 0').length > 0, 'the first batch');
    process.kill(Number(engine.values.PID), 'SIGKILL');
    await ended;
    await engine.again();
    await forwardTo(dir, 'far');

    const ids = (await readTopic(url, topic)).map(({ headers }) => Number(headers.id));
    expect(new Set(ids).size).toBe(20_000);
  });

  test('given no broker, then the error comes soon and names the address', async () => {
    await expect(connectRemote(temporaryStore(), kafka, remoteOf('kafka://127.0.0.1:1'))).rejects.toThrow(
      '127.0.0.1:1',
    );
  });
});

test.each([
  ['kafka:///', /not the URL/],
  ['kafka://h/topic', /not the URL/],
  ['kafka://h?sasl=GSSAPI', /mechanism of SASL/],
  ['kafka://h?acks=0', /not the URL/],
  ['kafka://h?brokers=a b', /not the URL/],
])('given the URL %s, then it is refused', (other, message) => {
  expect(() => kafka.check(remoteOf(other))).toThrow(message);
});

test('given a name that is no topic, then it is refused', () => {
  expect(() => kafka.check(remoteOf('kafka://h', { options: { topic: 'a/b' } }))).toThrow('a/b');
});

const SASL = `sasl.enabled.mechanisms=PLAIN
listener.security.protocol.map=PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="writer" password="s3same" user_writer="s3same";
`;
