import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { cleanEnv, TELEMETRY, telemetry } from '../cli/command.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { postJson } from '../helpers/http.js';
import { serve } from '../helpers/server.js';
import { temporaryStore, until } from '../helpers/store.js';

/** Seals all the time. */
const BUSY = ['--seal-events', '500', '--seal-after', '1s'];
const EVENTS_A_POST = 400;

test('shows each event once to queries and a tail during seals and server kills', async () => {
  const store = temporaryStore();
  const tail = spawn(process.execPath, [TELEMETRY, 'tail', '--store', store, '--from-id', '1', '--format', 'ndjson'], {
    env: cleanEnv(store),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void tail.kill('SIGKILL'));
  let tailed = '';
  tail.stdout.setEncoding('utf8').on('data', (text: string) => (tailed += text));
  let next = 0;

  for (let round = 0; round < 3; round++) {
    const server = await serve({ store, args: BUSY });
    for (let post = 0; post < 8; post++) {
      const body = Array.from(
        { length: EVENTS_A_POST },
        (_, i) => `{"type":"log","event_id":"e${next + i}","n":${next + i}}`,
      ).join('\n');
      const { accepted } = await postJson(server.url, body);
      expect(accepted).toBe(EVENTS_A_POST);
      next += EVENTS_A_POST;
      // What was stored is known, also once it is sealed.
      if (post % 4 === 3)
        expect(await postJson(server.url, body)).toMatchObject({ accepted: 0, duplicates: EVENTS_A_POST });
      if (post % 3 !== 0) continue;
      const seen = await Promise.all(
        [telemetry, commandInProcess].map(runCommand =>
          runCommand(['query', 'select count(*) as c, count(distinct n) as d from events', '--store', store], {
            cwd: store,
          }),
        ),
      );
      for (const { out, err, code } of seen) expect([code, err, out]).toEqual([0, '', `{"c":${next},"d":${next}}\n`]);
    }
    await server.end('SIGKILL');
  }

  await until(() => tailed.split('\n').length > next, 'the tail of all events');
  const ended = once(tail, 'exit');
  tail.kill('SIGINT');
  await ended;
  const numbers = tailed
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { payload: { n: number } }).payload.n);
  expect(numbers).toEqual(Array.from({ length: next }, (_, i) => i));
  expect((await commandInProcess(['seal', '--store', store], { cwd: store })).code).toBe(0);
  expect((await commandInProcess(['verify', '--deep', '--store', store], { cwd: store })).code).toBe(0);
});
