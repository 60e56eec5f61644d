import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { TELEMETRY, telemetry } from '../cli/command.js';
import { dial } from '../helpers/acks.js';
import { postJson } from '../helpers/http.js';
import { serve } from '../helpers/server.js';
import { readStore, temporaryStore, until } from '../helpers/store.js';

const COUNT = 'select count(*) as n from events';

test('never fails or goes back in queries, and tails all once in order, during writes', async () => {
  const store = temporaryStore();
  const server = await serve({ store });
  const tail = spawn(
    process.execPath,
    [TELEMETRY, 'tail', '--store', store, '--format', 'ndjson', '-n', '1000000', '--columns', 'id,n'],
    {
      env: { PATH: process.env.PATH, HOME: store },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const tailSaid = text(tail.stderr);
  let tailed = '';
  tail.stdout.on('data', (chunk: Buffer) => (tailed += chunk.toString()));
  let acked = 0;
  let isWriting = true;

  async function writePosts(writer: number): Promise<void> {
    for (let i = 0; i < 30; i++) {
      const events = Array.from({ length: 100 }, (_, n) => `{"writer":${writer},"n":${i * 100 + n}}`);
      const { accepted } = await postJson(server.url, events.join('\n'));
      acked += accepted;
      await sleep(20);
    }
  }
  async function writeMessages(writer: number): Promise<void> {
    const sender = await dial(server.url);
    for (let n = 0; n < 3000; n++) sender.send(`{"writer":${writer},"n":${n}}`);
    await sender.acked(3000);
    acked += 3000;
    sender.socket.terminate();
  }
  async function queryInProcesses(): Promise<number> {
    let last = 0;
    let rounds = 0;
    // The last one starts after the last ack.
    for (let isLast = false; !isLast || rounds < 3; rounds++) {
      isLast = !isWriting;
      const ackedBefore = acked;
      const { code, out, err } = await telemetry(['query', '--store', store, '--format', 'csv', COUNT], { cwd: store });
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const count = Number(out.split('\n')[1]);
      expect(count).toBeGreaterThanOrEqual(Math.max(last, ackedBefore));
      last = count;
    }
    return last;
  }
  async function readFile(): Promise<void> {
    let last = 0;
    while (isWriting) {
      const ackedBefore = acked;
      const [row] = readStore<{ n: number }>(store, COUNT);
      expect(row!.n).toBeGreaterThanOrEqual(Math.max(last, ackedBefore));
      last = row!.n;
      await sleep(5);
    }
  }

  const readers = [queryInProcesses(), readFile()] as const;
  await Promise.all([writePosts(0), writePosts(1), writeMessages(2), writeMessages(3)]).finally(
    () => (isWriting = false),
  );
  const [lastCount] = await Promise.all(readers);

  expect(acked).toBe(12_000);
  expect(lastCount).toBe(12_000);
  const marker = await postJson(server.url, '{"n":-1}');
  expect(marker.accepted).toBe(1);
  const tailedIds = () =>
    tailed
      .split('\n')
      .slice(0, -1)
      .map(line => (JSON.parse(line) as { id: number }).id);
  await until(() => (tailedIds().at(-1) ?? 0) >= 12_001, 'the last event in the tail');
  tail.kill('SIGINT');
  expect(await tailSaid).not.toMatch(/lock|busy/i);
  expect(tailedIds()).toEqual(Array.from({ length: 12_001 }, (_, i) => i + 1));
  await server.end();
});
