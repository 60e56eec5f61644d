import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, expect, test } from 'vitest';
import { cleanEnv, telemetry, TELEMETRY } from '../cli/command.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { closeOf, postJson } from '../helpers/http.js';
import { serve, type TestServer } from '../helpers/server.js';
import { temporaryStore } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

/** Runs until it is interrupted; DuckDB looks at interrupts while it runs. */
const ENDLESS = 'select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = 3';

/** Looks at no interrupt for minutes. */
const DEAF = `select list_sort(list(levenshtein(repeat(i::text, 9000), repeat((i + 1)::text, 9000)))) from range(900) t(i)`;

const QUERIES = ['--query-processes', '2'];

let server: TestServer;
beforeEach(async () => {
  server = await serve({ store: temporaryStore(), args: QUERIES, env: environment() });
  await postJson(server.url, '{"type":"log","n":1}\n{"type":"log","n":2}');
});

const ask = (sql: string, ...args: string[]) =>
  telemetry(['query', '--store', server.store, ...args, sql], { cwd: server.store });

/** The time zone of client and server is that of whoever runs the tests. */
function environment(): Record<string, string> {
  return process.env.TZ === undefined ? {} : { TZ: process.env.TZ };
}

function queryProcesses(): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(
      ([, ppid, ...command]) => Number(ppid) === server.pid && command.join(' ').includes('query-service/process'),
    )
    .map(([pid]) => Number(pid));
}

async function waitFor(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setTimeout(resolve, 20));
}

/** A question under way, and its end. */
function start(sql: string): {
  child: ChildProcess;
  ended: Promise<{ code: number | null; err: string; out: string }>;
} {
  const child = spawn(process.execPath, [TELEMETRY, 'query', '--store', server.store, sql], {
    cwd: server.store,
    env: cleanEnv(server.store),
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([out, err, [code]]) => ({ out, err, code: code as number | null }),
  );
  return { child, ended };
}

/** The CPU time of a process in ticks: it grows while a question runs. */
const cpuTicks = (pid: number): number => {
  const fields = execFileSync('cat', [`/proc/${pid}/stat`], { encoding: 'utf8' })
    .split(') ')[1]!
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
};

test('the first question starts a query process, which answers the next ones', async () => {
  expect(queryProcesses()).toEqual([]);
  expect(await ask('select count(*) n from events')).toEqual({ code: 0, out: '{"n":2}\n', err: '' });
  const [pid] = queryProcesses();
  expect(pid).toBeGreaterThan(0);
  await postJson(server.url, '{"type":"log","n":3}');
  expect(await ask('select count(*) n from events')).toEqual({ code: 0, out: '{"n":3}\n', err: '' });
  expect(queryProcesses()).toEqual([pid]);
  expect(await ask('selct 1')).toEqual(await ask('selct 1', '--no-server'));
});

test('its socket is for the user alone', () => {
  expect(statSync(join(server.store, 'query.sock')).mode & 0o777).toBe(0o600);
});

test('between questions it holds no pin on the archive', async () => {
  await commandInProcess(['seal', '--store', server.store], { cwd: server.store });
  expect(await ask('select count(*) n from events')).toMatchObject({ out: '{"n":2}\n' });
  // The store for the next question is opened after the reply, with a pin of its own.
  const pins = (): string[] => readdirSync(join(server.store, 'readers')).filter(name => name.endsWith('.lock'));
  await expect.poll(pins, { timeout: 60_000 }).toEqual([]);
});

test('--no-server starts none', async () => {
  expect(await ask('select count(*) n from events', '--no-server')).toMatchObject({ out: '{"n":2}\n' });
  expect(queryProcesses()).toEqual([]);
});

test('a third question beside two endless ones is answered by its own process', async () => {
  const endless = [start(ENDLESS), start(ENDLESS)];
  await waitFor(() => queryProcesses().length === 2);
  expect(await ask('select count(*) n from events')).toEqual({ code: 0, out: '{"n":2}\n', err: '' });
  expect(queryProcesses()).toHaveLength(2);
  for (const { child } of endless) child.kill('SIGINT');
  for (const { ended } of endless) {
    expect(await ended).toEqual({ code: 130, out: '', err: 'telemetry: the query was interrupted\n' });
  }
  expect(await ask('select count(*) n from events')).toMatchObject({ out: '{"n":2}\n' });
  expect(queryProcesses()).toHaveLength(2);
});

test('a question that looks at no interrupt ends with its process in time', async () => {
  expect(await ask(DEAF, '--timeout', '1s')).toMatchObject({ code: 1, out: '' });
  expect(await ask('select 1 a')).toMatchObject({ out: '{"a":1}\n' });
});

test('a killed query process hurts no answer: its client asks by itself', async () => {
  await ask('select 1');
  const [pid] = queryProcesses();
  const { ended } = start(`select count(*) n from range(30000000) t(i) where hash(i) % 3 = 0`);
  const before = cpuTicks(pid!);
  await waitFor(() => cpuTicks(pid!) > before + 3);
  process.kill(pid!, 'SIGKILL');
  expect(await ended).toMatchObject({ code: 0, err: '' });
  expect(await ask('select count(*) n from events')).toMatchObject({ out: '{"n":2}\n' });
  expect(queryProcesses()).not.toContain(pid);
});

test('a client that is killed leaves a free process', async () => {
  await ask('select 1');
  const [pid] = queryProcesses();
  const { child, ended } = start(ENDLESS);
  const before = cpuTicks(pid!);
  await waitFor(() => cpuTicks(pid!) > before + 3);
  child.kill('SIGKILL');
  await ended;
  const { ended: next } = start('select count(*) n from events');
  expect(await next).toMatchObject({ code: 0, out: '{"n":2}\n' });
});

test('a reader that has gone ends the question quietly', async () => {
  await ask('select 1');
  const script = `set -o pipefail; "$0" "$1" query --store "$2" "select repeat('x', 100) from range(3000000)" | head -1 | wc -c; echo "\${PIPESTATUS[0]}"`;
  const { stdout, code } = await bash(script);
  expect({ stdout, code }).toEqual({ stdout: '124\n0\n', code: 0 });
});

async function bash(script: string): Promise<{ stdout: string; code: number | null }> {
  const child = spawn('bash', ['-c', script, process.execPath, TELEMETRY, server.store], {
    env: cleanEnv(server.store),
  });
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>]);
  return { stdout, code };
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends a question whose output nobody reads', async name => {
  const sql = `select repeat('x', 1000) from range(1000000)`;
  const child = spawn(process.execPath, [TELEMETRY, 'query', '--store', server.store, sql], {
    cwd: server.store,
    env: cleanEnv(server.store),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await once(child.stdout, 'readable');
  const err = text(child.stderr);
  child.kill(name);
  expect(await once(child, 'exit')).toEqual([130, null]);
  expect(await err).toBe('telemetry: the query was interrupted\n');
  child.stdout.destroy();
  expect(await ask('select 1 a')).toMatchObject({ out: '{"a":1}\n' });
});

test('all of a large answer arrives at a slow reader', async () => {
  const script = `"$0" "$1" query --store "$2" "select repeat('x', 1000) from range(20000)" | { sleep 1; wc -c; }`;
  const lines = 20_000 * (`{"repeat('x', 1000)":"${'x'.repeat(1000)}"}`.length + 1);
  expect(await bash(script)).toEqual({ stdout: `${lines}\n`, code: 0 });
});

test('a request of another program or version is turned away, and the process goes on', async () => {
  await ask('select 1');
  const [pid] = queryProcesses();
  for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.from([1, 0, 0, 0, 2, 0x7b, 0x7d])]) {
    const socket = connect(join(server.store, 'query.sock'));
    const closed = closeOf(socket);
    socket.write(bytes);
    socket.resume();
    await closed;
  }
  expect(await ask('select count(*) n from events')).toMatchObject({ code: 0, out: '{"n":2}\n' });
  expect(queryProcesses()).toContain(pid);
});

test('leaves no temporary directory behind, whoever ends it', async () => {
  const temporary = temporaryStore();
  const left = (): string[] => readdirSync(temporary);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const own = await serve({
      store: server.store + signal,
      args: QUERIES,
      env: { ...environment(), TMPDIR: temporary },
    });
    await telemetry(['query', '--store', own.store, 'select 1'], { cwd: server.store });
    await waitFor(() => left().length > 0);
    await own.end(signal);
    await waitFor(() => left().length === 0);
    removeDirectory(own.store);
  }
});

test('after a kill of the server, its socket is no obstacle', async () => {
  await ask('select 1');
  const pids = queryProcesses();
  await server.end('SIGKILL');
  expect(await ask('select count(*) n from events')).toEqual({ code: 0, out: '{"n":2}\n', err: '' });
  await waitFor(() => pids.every(pid => !isRunning(pid)));
  server = await serve({ store: server.store, args: QUERIES, env: environment() });
  expect(await ask('select count(*) n from events')).toEqual({ code: 0, out: '{"n":2}\n', err: '' });
  expect(queryProcesses()).toHaveLength(1);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('the end of the server ends a question, whose client answers by itself', async () => {
  await ask('select 1');
  const { ended } = start(`select count(*) n from range(30000000) t(i) where hash(i) % 3 = 0`);
  await waitFor(() => queryProcesses().length > 0);
  expect(await server.end()).toBe(0);
  expect(await ended).toMatchObject({ code: 0, err: '' });
});

test('a search for an id that filters narrow answers the same with and without it', async () => {
  const spans = Array.from({ length: 1500 }, (_, n) => JSON.stringify({ type: 'trace', n, trace_id: `00f067aa-${n}` }));
  await postJson(server.url, spans.join('\n'));
  for (const command of ['seal', 'compact'])
    await commandInProcess([command, '--store', server.store], { cwd: server.store });
  const sql = 'select n from spans where trace_id = $id';
  for (const [id, out] of [
    ['00f067aa-1400', '{"n":1400}\n'],
    ['00f067aa-1500', ''],
  ] as const) {
    for (const way of [[], ['--no-server']]) {
      expect(await ask(sql, '-p', `id=${id}`, ...way)).toEqual({ code: 0, out, err: '' });
    }
  }
  expect((await ask(sql, '-p', 'id=00f067aa-1500', '--explain')).out).toMatch(/"read":0/);
});
