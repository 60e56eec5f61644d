import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeAuthority, makeCertificate } from '../../../../helpers/certificates.js';
import { startEngine, type Engine } from '../../../../helpers/engines.js';
import { forwardCommand } from '../../../../helpers/forwarder.js';
import { openTestJournal } from '../../../../helpers/journal.js';
import { addRemote } from '../../../../helpers/remotes.js';
import { makeDirectory, temporaryStore } from '../../../../helpers/store.js';

const MECHANISM = 'SCRAM-SHA-512';
const PASSWORD = 's3same';

let broker: Engine;
let missing: string | undefined;
/** The certificate of the authority that signed that of the broker. */
let authority = '';

/** A broker whose one listener asks for TLS and a login by SCRAM; it logs in to itself by PLAIN. */
beforeAll(async () => {
  const dir = join(makeDirectory(), 'kafka');
  mkdirSync(dir, { recursive: true });
  const { cert, key } = makeAuthority(dir, 'authority');
  authority = cert;
  const own = makeCertificate(dir, '127.0.0.1', { cert, key });
  writeFileSync(join(dir, 'keystore.pem'), readFileSync(own.key, 'utf8') + readFileSync(own.cert, 'utf8'));
  writeFileSync(join(dir, 'scram'), `${MECHANISM}=[name=writer,password=${PASSWORD}]`);
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required username="broker" password="own" user_broker="own";`;
  writeFileSync(
    join(dir, 'more.properties'),
    `listener.security.protocol.map=PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=${MECHANISM},PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.plaintext.plain.sasl.jaas.config=${plain}
listener.name.plaintext.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location=${dir}/keystore.pem
ssl.truststore.type=PEM
ssl.truststore.location=${authority}
`,
  );
  const started = await startEngine('kafka', dir);
  if ('missing' in started) missing = started.missing;
  else broker = started;
}, 180_000);
afterAll(async () => {
  if (missing === undefined) await broker.stop();
});
beforeEach(context => {
  if (missing !== undefined) context.skip(missing);
});

function storeWithEvents(password: string, topic: string): string {
  const dir = temporaryStore();
  const journal = openTestJournal(dir);
  journal.appendText(Array.from({ length: 10 }, (_, n) => `{"n":${n}}`));
  journal.close();
  const { host } = new URL(broker.values.URL!);
  addRemote(dir, 'far', `kafkas://writer:${password}@${host}?sasl=${MECHANISM}`, { options: { topic } });
  return dir;
}

/** The number of messages of a topic. */
async function countOf(topic: string): Promise<number> {
  const admin = new Admin({
    clientId: 'test',
    bootstrapBrokers: [new URL(broker.values.URL!).host],
    tls: { ca: readFileSync(authority) },
    sasl: { mechanism: MECHANISM, username: 'writer', password: PASSWORD },
  });
  const partitions = [0, 1, 2].map(partitionIndex => ({ partitionIndex, timestamp: -1n }));
  const [ends] = await admin.listOffsets({ topics: [{ name: topic, partitions }] });
  await admin.close();
  return ends!.partitions.reduce((sum, { offset }) => sum + Number(offset), 0);
}

test('given TLS and a login by SCRAM, then events arrive', async () => {
  const dir = storeWithEvents(PASSWORD, 'known');
  expect(await forwardCommand(dir, 'far', { NODE_EXTRA_CA_CERTS: authority })).toMatchObject({ code: 0 });
  expect(await countOf('known')).toBe(10);
});

test('given another password, then the error does not show it', async () => {
  const dir = storeWithEvents('gu3ss', 'wrong');
  const { code, err } = await forwardCommand(dir, 'far', { NODE_EXTRA_CA_CERTS: authority });
  expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/uthentication/) as string });
  expect(err).not.toContain('gu3ss');
});

test('given an authority that is not known, then nothing is sent', async () => {
  const dir = storeWithEvents(PASSWORD, 'unknown');
  expect(await forwardCommand(dir, 'far')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/certificate/) as string,
  });
});
