import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { request, type ClientRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { telemetry } from '../cli/command.js';
import { postJson } from '../helpers/http.js';
import { serve } from '../helpers/server.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, temporaryStore } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const QUERIES = ['--query-processes', '2'];

let server: ServerInProcess;
let token: string;
beforeAll(async () => {
  server = await serve({ store: makeDirectory(), args: QUERIES });
  token = readFileSync(join(server.store, 'read.token'), 'utf8').trim();
  await postJson(server.url, '{"type":"log","user":"7","n":9007199254740993}\n{"type":"log","user":"8","n":2}');
});

afterAll(async () => {
  await server.end();
  removeDirectory(server.store);
});

interface Answered {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

async function ask(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  const response = await fetch(server.url + path, {
    ...(body !== undefined && { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

describe('POST /api/query', () => {
  test.each([
    ['ndjson', 'application/x-ndjson', '{"n":2}\n{"n":9007199254740993}\n'],
    ['csv', 'text/csv; charset=utf-8', 'n\r\n2\r\n9007199254740993\r\n'],
    [
      'json',
      'application/json',
      '{"columns":[{"name":"n","type":"BIGINT"}],"rows":[\n{"n":2},\n{"n":9007199254740993}\n]}\n',
    ],
  ])('answers in %s', async (format, type, text) => {
    const answered = await ask('/api/query', { sql: 'select n from events order by n', format });
    expect({ ...answered, text: format === 'csv' ? answered.text.replace(/\r?\n/g, '\r\n') : answered.text }).toEqual({
      status: 200,
      type,
      text,
    });
  });

  test.each(['json', 'csv'])('refuses several statements in %s, which ndjson takes', async format => {
    const sql = 'select 1 a; select 2 b;';
    expect(await ask('/api/query', { sql, format })).toMatchObject({
      status: 400,
      type: 'application/json',
      text: expect.stringMatching(/"sql\\" has 2 statements.*ndjson.*"kind":"usage"/) as string,
    });
    expect(await ask('/api/query', { sql })).toMatchObject({ text: '{"a":1}\n{"b":2}\n' });
  });

  test('binds parameters without loss: a text as text, a number with all digits', async () => {
    const sql = 'select n from events where "user" = $user and n = $n';
    const body = `{"sql":${JSON.stringify(sql)},"params":{"user":"7","n":9007199254740993}}`;
    expect(await ask('/api/query', body)).toMatchObject({ status: 200, text: '{"n":9007199254740993}\n' });
  });

  test('keeps to limit, since and until', async () => {
    const sql = 'select n from events order by n';
    expect(await ask('/api/query', { sql, limit: 1 })).toMatchObject({ text: '{"n":2}\n' });
    expect(await ask('/api/query', { sql, since: '1m' })).toMatchObject({ text: '{"n":2}\n{"n":9007199254740993}\n' });
    expect(await ask('/api/query', { sql, until: '2020-01-01' })).toMatchObject({ status: 200, text: '' });
  });

  test.each([
    ['no JSON', 'selct', 'usage', 'the body is not JSON'],
    ['an array', '[1]', 'usage', 'the body is not a JSON object'],
    ['no SQL', '{}', 'usage', '"sql" is missing'],
    ['an unknown member', '{"sql":"select 1","query":"x"}', 'usage', 'the member "query" is not known'],
    ['an unknown format', '{"sql":"select 1","format":"xml"}', 'usage', '"format" is "xml"'],
    ['SQL that does not parse', '{"sql":"selct"}', 'sql', 'syntax error at or near'],
    ['SQL that writes', '{"sql":"drop table events"}', 'sql', 'only'],
    ['a file', `{"sql":"from read_text('/etc/passwd')"}`, 'sql', ''],
    ['a missing parameter', '{"sql":"select $x"}', 'usage', 'has the parameter $x'],
    ['a time that is none', '{"sql":"select 1","since":"someday"}', 'usage', 'is not a point in time'],
  ])('refuses %s with the reason', async (_name, body, kind, error) => {
    const { status, text } = await ask('/api/query', body);
    expect({ status, ...(JSON.parse(text) as object) }).toMatchObject({
      status: 400,
      kind,
      error: expect.stringContaining(error) as string,
    });
  });

  test('takes a timeout that is longer than a timer can be', async () => {
    expect(await ask('/api/query', { sql: 'select 1 a', timeout: '30d' })).toMatchObject({ text: '{"a":1}\n' });
  });

  test('ends a question after its timeout, and answers the next', async () => {
    const sql = 'select count(*) from range(10000000000) a(x) where x * x = 3';
    expect(await ask('/api/query', { sql, timeout: '300ms' })).toMatchObject({
      status: 500,
      text: expect.stringContaining('the query ran longer than 300ms') as string,
    });
    expect(await ask('/api/query', { sql: 'select 1 a' })).toMatchObject({ text: '{"a":1}\n' });
  });

  describe('while both processes run endless questions', () => {
    const ENDLESS = 'select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = 3';
    const WAITED = 'the query waited longer than 200ms for a query process';
    let endless: ClientRequest[];
    beforeEach(async () => {
      endless = await Promise.all([sent(ENDLESS), sent(ENDLESS)]);
      const third = async (): Promise<string> => (await ask('/api/query', { sql: 'select 1', timeout: '200ms' })).text;
      await expect.poll(third, { timeout: 60_000 }).toContain(WAITED);
    });
    afterEach(() => leave(endless));

    /** A question whose client waits for its answer. */
    async function sent(sql: string): Promise<ClientRequest> {
      const question = request(`${server.url}/api/query`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        agent: false,
      });
      question.on('error', () => undefined);
      question.end(JSON.stringify({ sql }));
      await once(question, 'finish');
      return question;
    }

    const leave = (questions: readonly ClientRequest[]): void => questions.forEach(question => question.destroy());

    test('the timeout of another one includes its waiting', async () => {
      const asked = await ask('/api/query', { sql: 'select 1', timeout: '200ms' });
      expect(asked).toMatchObject({ status: 500, text: expect.stringContaining(WAITED) as string });
    });

    test('clients that go end theirs', async () => {
      leave(endless);
      expect(await ask('/api/query', { sql: 'select 1 a' })).toMatchObject({ text: '{"a":1}\n' });
    });

    test('clients that go while they wait leave the queue', async () => {
      leave(await Promise.all(Array.from({ length: 64 }, () => sent('select 1'))));
      const waiting = async (): Promise<number> =>
        (await ask('/api/query', { sql: 'select 1', timeout: '1ms' })).status;
      await expect.poll(waiting, { timeout: 60_000 }).toBe(500);
    });
  });

  test('breaks off an answer that fails after its first rows', async () => {
    const sql = `select case when range > 2000000 then error('late') else range end r from range(3000000)`;
    await expect(ask('/api/query', { sql })).rejects.toThrow();
  });

  test('lets questions wait in order while the processes are busy', async () => {
    const slow = 'select count(*) c from range(20000000) t(i) where hash(i) % 7 = 0';
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) => ask('/api/query', { sql: i < 4 ? slow : `select ${i} i` })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(answers[5]!.text).toBe('{"i":5}\n');
  });

  test('survives a client that goes while it sends its question', async () => {
    const sending = request(`${server.url}/api/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-length': '1000' },
    });
    sending.on('error', () => undefined);
    sending.write('{"sql":');
    await new Promise(resolve => setTimeout(resolve, 100));
    sending.destroy();
    await new Promise(resolve => sending.once('close', resolve));
    for (let i = 0; i < 3; i++) expect(await ask('/api/query', { sql: 'select 1 a' })).toMatchObject({ status: 200 });
  });

  test('takes SQL that begins like an option', async () => {
    expect(await ask('/api/query', { sql: '--outline\nselect 1 a' })).toMatchObject({ text: '{"a":1}\n' });
  });

  test('gives all of a large answer to a slow reader', async () => {
    const response = await fetch(`${server.url}/api/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ sql: `select repeat('x', 999) x from range(20000)` }),
    });
    await new Promise(resolve => setTimeout(resolve, 500));
    expect((await response.text()).length).toBe(20_000 * ('{"x":"'.length + 999 + '"}\n'.length));
    expect(server.said()).not.toContain('Warning');
  });

  test('is served to POST alone', async () => {
    expect(await ask('/api/query')).toMatchObject({ status: 405 });
  });
});

describe('reading over HTTP', () => {
  test('needs a token with the right to read, on loopback too', async () => {
    const create = async (name: string, scope: string): Promise<string> => {
      const args = ['token', 'create', name, '--scope', scope, '--store', server.store];
      return (await telemetry(args, { cwd: server.store })).out.trim();
    };
    const own = await serveInProcess({ store: temporaryStore(), args: QUERIES });
    const status = async (secret: string | undefined, path = '/api/stats'): Promise<number> => {
      const headers = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
      return (await fetch(own.url + path, { headers })).status;
    };
    expect(await status(undefined)).toBe(401);
    expect(await status('wrong')).toBe(401);
    const saved = server;
    server = own;
    const [ingest, read, admin] = [await create('a', 'ingest'), await create('b', 'read'), await create('c', 'admin')];
    server = saved;
    expect(await status(ingest)).toBe(403);
    expect(await status(read)).toBe(200);
    expect(await status(admin)).toBe(200);
    expect(await status(read, '/metrics')).toBe(403);
  });

  test('gives the user a token in a file of their own, whose path the server prints', async () => {
    const file = join(server.store, 'read.token');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(server.said()).toContain(`/api/query, token in ${file}\n`);
    expect(server.said()).not.toContain(token);
    const own = await serveInProcess({ store: temporaryStore(), args: QUERIES });
    expect(await own.end()).toBe(0);
    expect(() => statSync(join(own.store, 'read.token'))).toThrow('ENOENT');
  });

  test('gives nothing to a page of another origin, allowed or not', async () => {
    const origin = 'https://app.example';
    const own = await serveInProcess({ store: temporaryStore(), args: [...QUERIES, '--cors', origin] });
    const secret = readFileSync(join(own.store, 'read.token'), 'utf8').trim();
    const headers = { authorization: `Bearer ${secret}`, origin };
    for (const path of ['/api/stats', '/api/schema', '/api/tail']) {
      expect((await fetch(own.url + path, { headers })).status).toBe(403);
    }
    const body = '{"sql":"select 1"}';
    expect((await fetch(`${own.url}/api/query`, { method: 'POST', headers, body })).status).toBe(403);
    expect((await fetch(`${own.url}/api/stats`, { headers: { ...headers, origin: own.url } })).status).toBe(200);
  });

  test('describes the store', async () => {
    const stats = await ask('/api/stats');
    expect(stats).toMatchObject({ status: 200, type: 'application/json' });
    expect(JSON.parse(stats.text)).toMatchObject({ store: server.store });
    const schema = await ask('/api/schema');
    expect(JSON.parse(schema.text)).toContainEqual(
      expect.objectContaining({ table: 'events', column: 'user', type: 'VARCHAR' }),
    );
    expect(await ask('/api/stats?by=colour')).toMatchObject({ status: 400 });
    expect(await ask('/api/stats?colour=red')).toMatchObject({ status: 400 });
  });
});

describe('GET /api/tail', () => {
  /** Reads server-sent events until there are `count`. */
  async function events(path: string, count: number, headers: Record<string, string> = {}): Promise<string[]> {
    const aborter = new AbortController();
    const response = await fetch(server.url + path, {
      signal: aborter.signal,
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.split('data: ').length > count && text.endsWith('\n\n')) break;
    }
    aborter.abort();
    return text.split('\n\n').filter(part => part.includes('data: '));
  }

  test('sends past and new events with their ids, filtered, and resumes after an id', async () => {
    const following = events('/api/tail?filter=n%20%3C%20100&lines=10', 2);
    await new Promise(resolve => setTimeout(resolve, 300));
    await postJson(server.url, '{"type":"log","n":500}\n{"type":"log","n":5}');
    const [first, second] = await following;
    expect(first).toMatch(/id: 2\ndata: \{"id":2,/);
    expect(second).toMatch(/id: 4\ndata: \{"id":4,/);
    const [resumed] = await events('/api/tail', 1, { 'last-event-id': '3' });
    expect(resumed).toMatch(/id: 4\ndata: \{"id":4,/);
  });

  test('refuses a filter that does not parse', async () => {
    expect(await ask('/api/tail?filter=foo+bar')).toMatchObject({ status: 400 });
  });

  test('ends with its server', async () => {
    const own = await serveInProcess({ store: temporaryStore(), args: QUERIES });
    const secret = readFileSync(join(own.store, 'read.token'), 'utf8').trim();
    const response = await fetch(`${own.url}/api/tail`, { headers: { authorization: `Bearer ${secret}` } });
    expect(response.status).toBe(200);
    expect(await own.end()).toBe(0);
    await response.text().catch(() => undefined);
  });
});

test('a query under way ends with its server, which says so', async () => {
  const own = await serveInProcess({ store: temporaryStore(), args: ['--query-processes', '1'] });
  const authorization = `Bearer ${readFileSync(join(own.store, 'read.token'), 'utf8').trim()}`;
  const asked = (body: unknown): Promise<Response> =>
    fetch(`${own.url}/api/query`, { method: 'POST', headers: { authorization }, body: JSON.stringify(body) });
  const endless = asked({
    sql: 'select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = 3',
  });
  const second = async (): Promise<string> => (await asked({ sql: 'select 1', timeout: '200ms' })).text();
  await expect.poll(second, { timeout: 60_000 }).toContain('waited longer');

  expect(await own.end()).toBe(0);

  const response = await endless;
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ error: 'the server is stopping', kind: 'interrupted' });
});

test('--query-processes 0 answers no questions', async () => {
  const own = await serveInProcess({ store: temporaryStore(), args: ['--query-processes', '0'] });
  expect((await fetch(`${own.url}/api/stats`)).status).toBe(503);
  expect(() => statSync(join(own.store, 'query.sock'))).toThrow('ENOENT');
  expect(own.said()).not.toContain('queries:');
});
