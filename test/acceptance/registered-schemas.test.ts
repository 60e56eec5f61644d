import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { telemetry } from '../cli/command.js';
import { dial } from '../helpers/acks.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { http, post, postJson } from '../helpers/http.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, payloads, readStore, storedStreams } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const home = makeDirectory();
const store = join(home, 'store');
let server: ServerInProcess;

beforeAll(async () => {
  server = await serveInProcess({ store });
});
afterAll(async () => {
  await server.end();
  removeDirectory(home);
});

const schema = { type: 'object', required: ['user'], properties: { user: { type: 'integer' } } };
const command = (...args: string[]) => commandInProcess(['schema', ...args, '--store', store], { cwd: home });
const commandProcess = (...args: string[]) => telemetry(['schema', ...args, '--store', store], { cwd: home });
const register = (name: string, onInvalid?: string, content: object = schema) => {
  writeFileSync(join(home, 'schema.json'), JSON.stringify(content));
  return command('register', name, 'schema.json', ...(onInvalid === undefined ? [] : ['--on-invalid', onInvalid]));
};
const stored = (event: string) =>
  readStore<{ n: number }>(store, 'select count(*) as n from events where payload = ?', event)[0]!.n;

describe('a registered schema', () => {
  test('refuses an invalid event with the reason, also in open streams', async () => {
    const socket = await dial(server.url);
    socket.send('{"name":"login","user":"x","from":"socket"}');
    await socket.acked(1);

    expect(await register('login')).toMatchObject({ code: 0, out: '' });

    expect(
      await postJson(server.url, '{"name":"login","user":1}{"name":"login","user":"x"}{"name":"login","user":2}'),
    ).toMatchObject({
      status: 400,
      accepted: 1,
      reason: 'schema_violation',
      error: 'an event violates the schema login: /user must be integer',
    });
    expect(await post(server.url, '{"name":"other","user":"x"}')).toMatchObject({ body: '1\n' });
    socket.send('{"name":"login","user":3}');
    socket.send('{"name":"login"}');
    expect(await socket.closed).toMatchObject({ code: 1008, reason: expect.stringContaining('user') as string });
    expect(socket.acks.at(-1)).toBe('2');
  });

  test('leaves nothing of an activity request, and refuses only items of wide events', async () => {
    const activity = (id: string, user: unknown) =>
      JSON.stringify({ event_id: id, event_time: '2026-11-22', event_type: 'behavioral', event_name: 'login', user });

    const whole = await postJson(`${server.url}/v1/telemetry/events`, `[${activity('1', 1)},${activity('2', 'x')}]`);

    expect(whole).toMatchObject({ status: 400, accepted: 0, reason: 'schema_violation', index: 1 });
    expect(whole.error).toBe('event 1: an event violates the schema login: /user must be integer');
    expect(stored(activity('1', 1))).toBe(0);
    expect(
      await postJson(`${server.url}/metrics/v1/save`, '[{"event":"login"},{"event":"login","user":9}]'),
    ).toMatchObject({
      status: 207,
      accepted: 1,
      errorData: { 0: [expect.stringContaining('required property')] },
    });
  });

  test('given tag, then the event is stored with what is wrong, and its id is known', async () => {
    await register('login', 'tag');

    const { stream } = await postJson(
      server.url,
      '{"event_id":"t1","name":"login","user":1.50}{"name":"login","user":2}',
    );
    expect(await post(server.url, '{"event_id":"t1","name":"login","user":1.50}')).toMatchObject({ body: '0\n' });

    expect(payloads(store, stream)).toEqual([
      '{"schema_violation":"login: /user must be integer","event_id":"t1","name":"login","user":1.50}',
      '{"name":"login","user":2}',
    ]);
    const { out } = await commandInProcess(
      ['query', '--store', store, 'select schema_violation as v from events where schema_violation is not null'],
      { cwd: home },
    );
    expect(out).toBe('{"v":"login: /user must be integer"}\n');
  });

  test('stores events as sent with accept, and counts all violations', async () => {
    await register('login', 'accept');

    expect(await post(server.url, '{"name":"login","user":"accepted"}')).toMatchObject({ body: '1\n' });

    expect(stored('{"name":"login","user":"accepted"}')).toBe(1);
    const { body } = await http(`${server.url}/metrics`);
    expect(body).toContain('telemetry_schema_violations_total{schema="login",action="accept"} 1');
    expect(body).toContain('telemetry_schema_violations_total{schema="login",action="reject"} 4');
    expect(body).toContain('telemetry_refused_total{reason="schema_violation"} 4');
  });

  test('checks the events of an inferred type until the schema is removed', async () => {
    await register('metric', 'reject', { properties: { metric_value: { minimum: 0 } } });
    expect(await post(server.url, '{"metric_name":"m","metric_value":-1}')).toMatchObject({ status: 400 });

    expect(await commandProcess('rm', 'metric')).toMatchObject({ code: 0 });

    expect(await post(server.url, '{"metric_name":"m","metric_value":-1}')).toMatchObject({ status: 200, body: '1\n' });
    expect(await command('rm', 'metric')).toMatchObject({ code: 1 });
  });

  test('checks from the first event on when a server starts with schemas', async () => {
    const dir = join(home, 'other');
    writeFileSync(join(home, 'schema.json'), JSON.stringify(schema));
    await telemetry(['schema', 'register', 'login', 'schema.json', '--store', dir], { cwd: home });
    const other = await serveInProcess({ store: dir });

    expect(await post(other.url, '{"name":"login"}')).toMatchObject({ status: 400 });
    expect(storedStreams(dir)).toHaveLength(1);
    await other.end();
  });
});

describe('telemetry schema', () => {
  test('lists and shows schemas as they were registered', async () => {
    await register('login', 'tag');
    await register('login');

    expect(JSON.parse((await commandProcess('list', '--format', 'json')).out)).toMatchObject([
      { name: 'login', on_invalid: 'tag', draft: '2020-12' },
    ]);
    expect((await commandProcess('show', 'login')).out).toBe(`${JSON.stringify(schema)}\n`);
    expect((await command('list', '--format', 'table')).out).toContain('│ login │ tag');
    expect(await command('show', 'none')).toMatchObject({ code: 1 });
  });

  test('given a file of events, then check prints what is wrong with each and fails', async () => {
    writeFileSync(join(home, 'events.ndjson'), '{"name":"login","user":1}\n{"name":"login"}\n{"name":"other"}\n5');

    expect(await commandProcess('check', 'events.ndjson')).toMatchObject({
      code: 1,
      out: `{"index":1,"schema":"login","problem":"the event must have required property 'user'"}\n`,
      err: 'telemetry: 4 events in events.ndjson, 2 with a schema: 1 invalid\n',
    });
    expect(await command('check', 'schema.json')).toMatchObject({
      code: 0,
      err: 'schema.json is a valid JSON Schema (2020-12)\n',
    });
    writeFileSync(join(home, 'events.ndjson'), '{"name":"login","user":1}');
    expect(await command('check', 'events.ndjson')).toMatchObject({ code: 0, out: '' });
  });

  test.each([
    [['register', 'x'], 2, 'takes NAME and FILE'],
    [['register', 'x', 'absent.json'], 2, 'cannot read absent.json'],
    [['list', 'x'], 2, 'takes no arguments'],
    [['lits'], 2, 'an action on schemas: register, list, show, rm, check'],
    [['list', '--on-invalid', 'tag'], 2, '--on-invalid is for'],
    [['register', 'x', 'x.json', '--on-invalid', 'no'], 2, 'Allowed choices are reject, tag, accept'],
  ])('given %j, then it fails with %i and says why', async (args, code, message) => {
    const finished = await command(...args);

    expect(finished.code).toBe(code);
    expect(finished.err).toContain(message);
  });

  test('given a file that is no schema, then nothing is registered', async () => {
    writeFileSync(join(home, 'bad.json'), '{"type":"strin"}');

    expect(await command('register', 'bad', 'bad.json')).toMatchObject({
      code: 2,
      err: expect.stringContaining('bad.json: it is not a valid JSON Schema') as string,
    });
    expect(await command('show', 'bad')).toMatchObject({ code: 1 });
  });
});
