import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { registerSchema } from '../../src/store/catalog/schemas.js';
import { lockStore } from '../../src/store/locks/store-lock.js';
import { createToken } from '../../src/store/catalog/tokens.js';
import { storedStreams } from '../helpers/store.js';
import { workplace } from './workplace.js';

const NOW = Date.now() * 1000;

type Place = ReturnType<typeof workplace>;

/** What is stored, in short: messages, and the names of events without one. */
const told = ({ events }: Place): unknown[] => events().map(({ msg, event_name }) => msg ?? event_name);

const sh = (script: string): string[] => ['sh', '-c', script];

/** What came over HTTP, and what did not. */
const transports = ({ store }: Place): string[] => storedStreams(store).map(({ transport }) => transport);

/** Sends an event to the receiver in a POST, and prints the reply. */
const POST = `
  const { TELEMETRY_URL: url, TELEMETRY_TOKEN: token } = process.env;
  const headers = { 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) };
  process.stdout.write(await (await fetch(url, { method: 'POST', headers, body: '{"sent":1}' })).text());
`;

describe('a command that is over before it needs a receiver', () => {
  test('given two, one after the other, then each is one stream, and nothing is left of the runs', async () => {
    const place = workplace();
    const ran = [await place.run(sh('echo a; echo b >&2; exit 7')), await place.run(['./missing'])];

    expect(ran).toMatchObject([
      { code: 7, out: 'a\n', err: 'b\n' },
      { code: 127, out: '' },
    ]);
    expect(told(place)).toEqual(expect.arrayContaining(['a', 'b', 'command.exit', 'command.exit']));
    expect(storedStreams(place.store)).toMatchObject([
      { id: 1, transport: 'run', remote: null, path: null, headers: '{}', events: 3 },
      { id: 2, transport: 'run', events: 1 },
    ]);
    expect(storedStreams(place.store).every(({ ended_at }) => ended_at !== null)).toBe(true);
    expect(readdirSync(place.store).sort()).toEqual(['reserve', 'server.lock', 'telemetry.db']);
    const unlock = lockStore(place.store);
    expect(unlock).toBeTypeOf('function');
    unlock?.();
  });

  test('given rules of privacy, then no byte of the store tells what they name', async () => {
    const place = workplace();
    const env = { TELEMETRY_REDACT: 'email', TELEMETRY_DROP: 'secret' };
    const { out } = await place.run(sh(`echo by jo@example.org; echo '{"msg":"two","secret":"hush7"}'`), { env });

    expect(out).toContain('jo@example.org');
    expect(told(place)).toEqual(['by [email]', 'two', 'command.exit']);
    const files = readdirSync(place.store).map(name => readFileSync(join(place.store, name), 'latin1'));
    expect(files.filter(bytes => bytes.includes('example.org') || bytes.includes('hush7'))).toEqual([]);
    expect(transports(place)).toEqual(['run']);
  });

  test('given a denied type, then its events are left out without a word', async () => {
    const place = workplace();
    const env = { TELEMETRY_DENY_TYPE: 'log' };

    expect((await place.run(['echo', 'a'], { env })).err).toBe('');
    expect(told(place)).toEqual(['command.exit']);
  });

  test('given a schema that rejects, then stderr counts what is refused, and the rest is stored', async () => {
    const place = workplace();
    const schema = JSON.stringify({ properties: { n: { type: 'number' } } });
    registerSchema(place.store, { name: 'order', schema, onInvalid: 'reject', now: NOW });
    const { code, err } = await place.run(
      sh(`for n in 1 '"x"' 2 '"y"'; do echo "{\\"type\\":\\"order\\",\\"n\\":$n}"; done`),
    );

    expect(code).toBe(0);
    expect(err).toMatch(/^telemetry: 2 events refused: an event violates the schema order: .*\n$/);
    expect(place.events().map(({ n, event_name }) => n ?? event_name)).toEqual([1, 2, 'command.exit']);
  });

  test('given an event_id that is stored, then the event is not stored again', async () => {
    const place = workplace();
    const print = ['echo', '{"event_id":"e1","msg":"once"}'];
    await place.run(print);
    await place.run(print);

    expect(told(place)).toEqual(['once', 'command.exit', 'command.exit']);
  });

  test('given a store with tokens, then what is printed is stored, and what is sent with the token that it finds', async () => {
    const place = workplace();
    createToken(place.store, 'mine', ['ingest'], NOW);
    const short = await place.run(['echo', 'short']);
    const sends = await place.run(place.node(POST));

    expect([short.err, sends.err, sends.out]).toEqual(['', '', '1\n']);
    expect(told(place)).toEqual(expect.arrayContaining(['short', '1', 'command.exit', 'command.exit']));
    expect(place.events().filter(({ sent }) => sent)).toHaveLength(1);
    expect(transports(place)[0]).toBe('run');
  });

  test('given one that sends and does not wait for the reply, then what it sent is stored', async () => {
    const place = workplace();
    const request =
      'POST / HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Type: application/json\\r\\nContent-Length: 10\\r\\n\\r\\n{"sent":1}';
    const { code, err } = await place.run(
      place.node(`
        import { connect } from 'node:net';
        const { port } = new URL(process.env.TELEMETRY_URL);
        const socket = connect(port, '127.0.0.1', () => socket.write('${request}', () => process.exit(3)));
      `),
    );

    expect([code, err]).toEqual([3, '']);
    expect(place.events().filter(({ sent }) => sent)).toHaveLength(1);
    expect(transports(place)).not.toContain('run');
  });

  test('given some that end while their receivers come up, beside each other, then each event is stored once', async () => {
    const place = workplace();
    const times = [0, 0.15, 0.22, 0.26, 0.3, 0.36];
    const ran = await Promise.all(times.map((s, n) => place.run(sh(`echo a${n}; sleep ${s}; echo b${n}`))));

    expect(ran.map(({ code, err }) => [code, err])).toEqual(times.map(() => [0, '']));
    const expected = times.flatMap((_, n) => [`a${n}`, `b${n}`, 'command.exit']);
    expect(told(place).sort()).toEqual(expected.sort());
    expect(existsSync(join(place.store, 'server.json'))).toBe(false);
  });

  test('given a store that is none of ours, then the command runs all the same, and stderr says why nothing is stored', async () => {
    const place = workplace();
    mkdirSync(place.store);
    writeFileSync(join(place.store, 'telemetry.db'), 'something else entirely, and long enough to be looked at');
    const { code, out, err } = await place.run(sh('echo a; exit 4'));

    expect([code, out]).toEqual([4, 'a\n']);
    expect(err).toMatch(
      /^telemetry: the output of sh is not stored: .*not a SQLite database.*\n.*\ntelemetry: 2 events could not/,
    );
    expect(readFileSync(join(place.store, 'telemetry.db'), 'latin1')).toMatch(/^something else/);
  });
});
