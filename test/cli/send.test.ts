import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serverFile } from '../../src/client/server-file.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { payloads } from '../helpers/store.js';
import { cleanEnv, telemetry, TELEMETRY, temporaryDirectory } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

describe('telemetry send', () => {
  let cwd: string;
  let server: Server;
  let url: string;
  let bodies: string[];
  let tokens: (string | undefined)[];

  beforeEach(async () => {
    cwd = temporaryDirectory();
    bodies = [];
    tokens = [];
    server = createServer(
      (request, response) =>
        void text(request).then(body => {
          bodies.push(body);
          tokens.push(request.headers.authorization);
          const accepted = body.split('\n').filter(line => line !== '').length;
          response.end(JSON.stringify({ accepted, duplicates: 0, stream: 3 }));
        }),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    removeDirectory(cwd);
  });

  test('given words, then one event with an event_id, and the count on stdout', async () => {
    const finished = await telemetry(['send', 'login', 'user=7', 'ok:=true', '--url', url], { cwd });

    expect(finished).toEqual({ code: 0, out: '1\n', err: '' });
    expect(JSON.parse(bodies.join(''))).toEqual({
      event_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      type: 'event',
      name: 'login',
      user: '7',
      ok: true,
    });
  });

  test.each(['events.ndjson', '@events.ndjson'])('refuses the name of a file: %s', async word => {
    writeFileSync(join(cwd, 'events.ndjson'), '{"a":1}\n');
    const { code, err } = await commandInProcess(['send', word, '--url', url], { cwd });
    expect(code).toBe(2);
    expect(err).toContain('`telemetry ingest events.ndjson`');
    expect(bodies).toEqual([]);

    expect((await commandInProcess(['send', 'page.closed', '--url', url], { cwd })).out).toBe('1\n');
  });

  test('stores a line of stdin as an event with --type text, and an object as itself', async () => {
    const input = 'Listening on 3000\n{"level":"info","n":1.0}\n\nlast';
    const finished = await commandInProcess(['send', '--type', 'text', '--url', url], { cwd, input });

    expect(finished).toEqual({ code: 0, out: '4\n', err: '' });
    expect(bodies.join('')).toBe(
      '{"type":"log","msg":"Listening on 3000"}\n{"level":"info","n":1.0}\n{"type":"log","msg":""}\n{"type":"log","msg":"last"}\n',
    );
  });

  test.each([[[]], [['-']]])('given %j and stdin, then the stream is sent as it is', async words => {
    const input = '{"a":1}\n{"a":12345678901234567890}\n';
    const finished = await telemetry(['send', ...words, '--format', 'json'], {
      cwd,
      input,
      env: { TELEMETRY_URL: url, TELEMETRY_TOKEN: 's3cret' },
    });

    expect(finished).toEqual({ code: 0, out: '{"accepted":2,"duplicates":0,"stream":3}\n', err: '' });
    expect(bodies).toEqual([input]);
    expect(tokens).toEqual(['Bearer s3cret']);
  });

  test("given a store, then its own server is found through the store's server.json", async () => {
    const store = join(cwd, 'store');
    mkdirSync(store);
    writeFileSync(serverFile(store), JSON.stringify({ pid: process.pid, url, startedAt: '' }));

    expect(await commandInProcess(['send', 'hi', '--store', store], { cwd })).toEqual({ code: 0, out: '1\n', err: '' });
  });

  test.each<[string, string[], string]>([
    ['words', ['login', 'user=7'], ''],
    ['JSON', ['{"a":1}'], ''],
    ['stdin', [], '{"a":1}\n'],
  ])('stores %s in a named store without a server, despite a URL in the environment', async (_what, words, input) => {
    const store = join(cwd, 'store');
    const finished = await commandInProcess(['send', ...words, '--store', store], {
      cwd,
      input,
      env: { TELEMETRY_URL: url },
    });

    expect(finished).toMatchObject({ code: 0, out: '1\n' });
    expect(bodies).toEqual([]);
    expect(payloads(store)).toEqual([words[0] === 'login' ? expect.stringContaining('"user":"7"') : '{"a":1}']);
  });

  test('prefers a store in the environment, but sends to a URL named as closely', async () => {
    const store = join(cwd, 'store');
    expect(await commandInProcess(['send', 'a'], { cwd, env: { TELEMETRY_STORE: store } })).toMatchObject({ code: 0 });
    expect(payloads(store)).toHaveLength(1);
    const env = { TELEMETRY_STORE: store, TELEMETRY_URL: url };
    expect(await commandInProcess(['send', 'b'], { cwd, env })).toMatchObject({ code: 0 });
    expect(bodies).toHaveLength(1);
  });

  test.each(['ingest', 'run'])('keeps %s to the store that --store names as well', async command => {
    const store = join(cwd, 'store');
    writeFileSync(join(cwd, 'a.ndjson'), '{"a":1}\n');
    const args = command === 'ingest' ? ['a.ndjson'] : ['--', 'true'];
    const env = { TELEMETRY_URL: url };

    expect(await commandInProcess([command, '--store', store, ...args], { cwd, env })).toMatchObject({ code: 0 });
    expect(bodies).toEqual([]);
    expect(payloads(store)).toHaveLength(1);
  });

  test('refuses a URL that is not the server of the store that is named beside it', async () => {
    const { code, err } = await commandInProcess(['send', 'a', '--store', 'store', '--url', url], { cwd });
    expect(code).toBe(2);
    expect(err).toContain(
      `--url ${url} is not the server of --store ${join(cwd, 'store')}: that store has no running server`,
    );
    expect(bodies).toEqual([]);
  });

  test('stores directly when the server was killed and its pid is reused', async () => {
    const store = join(cwd, 'store');
    mkdirSync(store);
    const gone = 'http://127.0.0.1:1';
    writeFileSync(serverFile(store), JSON.stringify({ pid: process.pid, url: gone, startedAt: '' }));

    expect(await commandInProcess(['send', 'a', '--store', store], { cwd })).toMatchObject({ code: 0, out: '1\n' });
    expect(payloads(store)).toHaveLength(1);
  });

  test.each([
    [['{"a":}'], 'is not JSON'],
    [['{"a":1}', 'b'], '"b" is not a JSON object'],
  ])('refuses %j', async (words, problem) => {
    const { code, err } = await commandInProcess(['send', ...words, '--url', url], { cwd });
    expect(code).toBe(2);
    expect(err).toContain(problem);
  });

  test('sends, counts and reports what was read before Ctrl-C', async () => {
    const child = spawn(process.execPath, [TELEMETRY, 'send', '--url', url], { cwd, env: cleanEnv(cwd) });
    const [out, err] = [text(child.stdout), text(child.stderr)];
    child.stdin.write('{"a":1}\n');
    await once(server, 'request');
    child.kill('SIGINT');

    expect(await once(child, 'close')).toEqual([130, null]);
    expect(await out).toBe('1\n');
    expect(await err).toBe('telemetry: interrupted; all events read before are stored\n');
    expect(bodies).toEqual(['{"a":1}\n']);
  });

  test('given no server, then exit code 1 and the remedy', async () => {
    const finished = await commandInProcess(['send', 'hi', '--url', 'http://127.0.0.1:1'], { cwd });

    expect(finished).toMatchObject({ code: 1, out: '' });
    expect(finished.err).toMatch(/^telemetry: no telemetry server answers at http:\/\/127\.0\.0\.1:1\nStart one with/);
  });
});
