import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { serve } from '../helpers/server.js';
import { until } from '../helpers/store.js';
import { cleanEnv, TELEMETRY } from './command.js';
import { workplace } from './workplace.js';

describe('telemetry run', () => {
  test('passes output on unchanged, and stores its lines and the exit as events', async () => {
    const { run, node, events } = workplace();
    const { code, out, err } = await run(
      node(`
        process.stdout.write('one\\r\\n{"level":"WARN","msg":"two","pid":1}\\n');
        process.stderr.write('three');
        await new Promise(resolve => setTimeout(resolve, 100));
        process.stdout.write('\\u20ac');
        process.exitCode = 3;
      `),
      { args: ['--service', 'api'] },
    );
    const found = events();
    const lines = (stream: string) => found.filter(event => event.stream === stream).map(({ msg }) => msg);

    expect({ code, out, err }).toEqual({
      code: 3,
      out: 'one\r\n{"level":"WARN","msg":"two","pid":1}\n€',
      err: 'three',
    });
    expect(lines('stdout')).toEqual(['one', 'two', '€']);
    expect(lines('stderr')).toEqual(['three']);
    expect(new Set(found.map(event => event.run_id)).size).toBe(1);
    expect(found[0]!.run_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(found.find(({ msg }) => msg === 'one')).toMatchObject({ type: 'log' });
    expect(found.find(({ msg }) => msg === 'two')).toMatchObject({
      level: 'WARN',
      service_name: 'api',
      pid: 1,
    });
    expect(found.at(-1)).toMatchObject({
      type: 'event',
      event_name: 'command.exit',
      service_name: 'api',
      command: process.execPath,
      exit_code: 3,
      signal: null,
    });
    expect(found.at(-1)!.duration_ms).toBeGreaterThan(100);
    expect(found.at(-1)!.peak_memory_bytes).toBeGreaterThan(10_000_000);
  });

  test('shows the peak memory of a short-lived grandchild', async () => {
    const { run, node, end } = workplace();
    const script = `Buffer.alloc(200e6, 1); setTimeout(() => 0, 2000)`;
    await run(['sh', '-c', '"$@"; :', 'sh', ...node(script)]);

    expect(end()!.peak_memory_bytes).toBeGreaterThan(200e6);
  });

  test('passes on every byte of large output and binary input, and stores every line', async () => {
    const { run, node, events } = workplace();
    const lines = Array.from({ length: 12_000 }, (_, n) => `line ${n} ${'x'.repeat(n % 90)}`);
    const { out } = await run(['cat'], { input: `${lines.join('\n')}\n` });
    const stored = events();
    const binary = await run(node(`process.stdout.write(Buffer.from([0, 255, 10, 254]))`));

    expect(out).toBe(`${lines.join('\n')}\n`);
    expect(stored.slice(0, -1).map(({ msg }) => msg)).toEqual(lines);
    expect(binary.out).toBe(Buffer.from([0, 255, 10, 254]).toString());
  });

  test('sets up a server in the environment of the command while it runs', async () => {
    const { run, node, events } = workplace();
    const { out, code } = await run(
      node(`
        const { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SERVICE_NAME: service, TELEMETRY_URL } = process.env;
        const headers = { 'content-type': 'application/json' };
        const body = JSON.stringify({ url, service, same: url === TELEMETRY_URL });
        process.stdout.write(await (await fetch(url, { method: 'POST', headers, body })).text());
      `),
    );
    const sent = events().find(({ same }) => same);

    expect([code, out]).toEqual([0, '1\n']);
    expect(sent).toMatchObject({ service: 'node' });
    await expect(fetch(sent!.url as string)).rejects.toThrow('fetch failed');
  });

  test('given variables that are set, then they stay; a service that is named wins', async () => {
    const { run, node, end } = workplace();
    const env = { OTEL_SERVICE_NAME: 'mine', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://elsewhere' };
    const print = node(`console.log(process.env.OTEL_SERVICE_NAME, process.env.OTEL_EXPORTER_OTLP_ENDPOINT)`);

    expect((await run(print, { env, args: ['--service', 'named'] })).out).toBe('named http://elsewhere\n');
    expect(end()).toMatchObject({ service_name: 'named' });
    expect((await run(print, { env })).out).toBe('mine http://elsewhere\n');
  });

  test('points the command at the server of the store and sends the events there', async () => {
    const { run, node, store, events } = workplace();
    const server = await serve({ store });
    const { out } = await run(node(`console.log(process.env.TELEMETRY_URL)`));
    await server.end();

    expect(out).toBe(`${server.url}\n`);
    expect(events().map(({ msg, event_name }) => msg ?? event_name)).toEqual([server.url, 'command.exit']);
  });

  test.skipIf(spawnSync('openssl', ['version']).error)(
    'sends to a server with TLS only, by the certificate in its own store',
    async () => {
      const { run, cwd, store, events } = workplace();
      const files = ['-keyout', 'key.pem', '-out', 'cert.pem'];
      spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=a', ...files], { cwd });
      const tls = ['--tls-cert', join(cwd, 'cert.pem'), '--tls-key', join(cwd, 'key.pem'), '--require-tls'];
      const server = await serve({ store, args: tls });
      const { err } = await run(['echo', 'hi']);
      await server.end();

      expect(err).toBe('');
      expect(events().map(({ msg, event_name }) => msg ?? event_name)).toEqual(['hi', 'command.exit']);
    },
  );

  test('given two at a time, when the one with the receiver ends, then the other goes on', async () => {
    const { start, node, store, events } = workplace();
    const loop = node(`
      process.stdin.once('data', async () => {
        const headers = { 'content-type': 'application/json' };
        await fetch(process.env.TELEMETRY_URL, { method: 'POST', headers, body: '{"sent":1}' });
        console.log('late');
        process.exit();
      });
      console.log('ready');
    `);
    const first = start(loop);
    await until(() => first.said() === 'ready\n');
    await until(() => existsSync(join(store, 'server.json')));
    const second = start(loop);
    await until(() => second.said() === 'ready\n');
    await until(() => events().length === 2);
    first.child.stdin.write('x');
    await first.ended;
    second.child.stdin.write('x');

    expect(await second.ended).toEqual([0, null]);
    expect(events().filter(({ sent }) => sent)).toHaveLength(2);
    expect(events().filter(({ event_name }) => event_name === 'command.exit')).toHaveLength(2);
    expect(events().filter(({ msg }) => msg === 'late')).toHaveLength(2);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const)(
    'given %s twice, then the command gets both, and ends as it likes',
    async name => {
      const { start, node, end } = workplace();
      const { child, said, ended } = start(
        node(`
          let count = 0;
          process.on('${name}', () => (console.log(++count), count === 2 && process.exit(5)));
          setInterval(() => 0, 1000);
          console.log('ready');
        `),
      );
      await until(() => said() === 'ready\n');
      child.kill(name);
      await until(() => said() === 'ready\n1\n');
      child.kill(name);

      expect(await ended).toEqual([5, null]);
      expect(said()).toBe('ready\n1\n2\n');
      expect(end()).toMatchObject({ exit_code: 5, signal: null });
    },
  );

  test('given a signal that ends the command, then the code is 128 and its number', async () => {
    const { run, end } = workplace();

    expect((await run(['sh', '-c', 'kill -KILL $$'])).code).toBe(137);
    expect(end()).toMatchObject({ exit_code: 137, signal: 'SIGKILL' });
  });

  test.each([
    ['./missing', 127],
    ['./file', 126],
  ])('given %s, then the code is %i, and the event says why', async (command, code) => {
    const { run, end, cwd } = workplace();
    writeFileSync(join(cwd, 'file'), '', { mode: 0o600 });
    const ended = await run([command]);

    expect(ended).toMatchObject({ code, err: expect.stringContaining(`telemetry: cannot run ${command}: `) as string });
    expect(end()).toMatchObject({ exit_code: code, error: expect.any(String) as string });
  });

  test('runs the command and warns when the store cannot be used', async () => {
    const { run, cwd } = workplace();
    writeFileSync(join(cwd, 'file'), '');
    const { code, out, err } = await run(['sh', '-c', 'echo a; exit 4'], {
      args: ['--store', join(cwd, 'file', 'store')],
    });

    expect([code, out]).toEqual([4, 'a\n']);
    expect(err).toMatch(
      /^telemetry: the output of sh is not stored: .*\n.*--store DIR\.\ntelemetry: 2 events could not/,
    );
  });

  test('ends the command with SIGPIPE when the reader closes, as in any pipe', async () => {
    const { start, end } = workplace();
    const { child, ended } = start(['yes', 'y'.repeat(1000)]);
    child.stdout.once('data', () => child.stdout.destroy());

    expect(await ended).toEqual([141, null]);
    expect(end()).toMatchObject({ signal: 'SIGPIPE' });
  });

  test('given what is left in the background, then its output still comes', async () => {
    const { run, events } = workplace();
    const { code, out } = await run(['sh', '-c', '(sleep 0.3; echo late > /dev/stdout) & exit 6']);

    expect([code, out]).toEqual([6, 'late\n']);
    expect(events().map(({ msg, event_name }) => msg ?? event_name)).toEqual(['late', 'command.exit']);
  });

  test.each([[[]], [['--nosuch', '--', 'true']]])('given the arguments %j, then the exit code is 2', async args => {
    const { cwd } = workplace();
    const child = spawn(process.execPath, [TELEMETRY, 'run', ...args], { cwd, env: cleanEnv(cwd), stdio: 'ignore' });

    expect(await once(child, 'close')).toEqual([2, null]);
  });
});
