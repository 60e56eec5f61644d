import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { dial } from '../helpers/acks.js';
import { smallDisk } from '../helpers/disk.js';
import { http, postJson, type Counted } from '../helpers/http.js';
import { serve, type TestServer } from '../helpers/server.js';
import { payloads, readStore, temporaryStore, until } from '../helpers/store.js';

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => `{"n":${from + i},"fill":"${'x'.repeat(500)}"}`);

const numbersIn = (store: string) => payloads(store).map(payload => (JSON.parse(payload) as { n: number }).n);

/** Posts batches until one is refused: the numbers acknowledged, and the refusal. */
async function fill(
  server: TestServer,
  from: number,
): Promise<{ acked: number[]; refused: Counted & { status: number } }> {
  const acked: number[] = [];
  for (let at = from; ; at += 200) {
    const reply = await postJson(server.url, numbered(at, 200).join('\n'));
    for (let i = 0; i < reply.accepted; i++) acked.push(at + i);
    if (reply.status !== 200) return { acked, refused: reply };
    if (at > from + 100_000) throw new Error('the disk is never full');
  }
}

/** What holds after a refusal, whatever the cause: all that was acked is there, and nothing that was not. */
function expectExactly(store: string, acked: readonly number[]): void {
  expect(numbersIn(store)).toEqual(acked);
  expect(readStore(store, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
}

describe('a full disk', () => {
  test('answers 503 with Retry-After, loses no acked event and recovers with space', async context => {
    // The room that returns has to hold the log of the database, which is moved into it: 4 MB at most.
    const disk = smallDisk(10);
    if (disk === undefined) return context.skip('this user may not mount a tmpfs');
    const store = join(disk, 'store');
    const ballast = join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(6 * 1024 * 1024));
    const server = await serve({ store });
    const sender = await dial(server.url);
    sender.send('{"n":-1}');
    await sender.acked(1);

    const { acked, refused } = await fill(server, 0);

    expect(refused).toMatchObject({ status: 503, reason: 'journal_failure', error: 'the disk is full' });
    expect(acked.length).toBeGreaterThan(100);
    // The maintenance process makes some room meanwhile: what fits is taken.
    let plain = await http(server.url, { method: 'POST', body: numbered(1e6, 200).join('\n') });
    for (let from = 1e6; plain.status === 200; from += 200) {
      acked.push(...Array.from({ length: 200 }, (_, i) => from + i));
      plain = await http(server.url, { method: 'POST', body: numbered(from + 200, 200).join('\n') });
    }
    expect(plain).toMatchObject({ status: 503, body: 'the disk is full\n0\n', headers: { 'retry-after': '2' } });
    for (let from = 2e6; sender.socket.readyState === sender.socket.OPEN; from += 500) {
      for (const event of numbered(from, 500)) sender.send(event);
      await sleep(20);
    }
    expect(await sender.closed).toMatchObject({ code: 1011, reason: 'the disk is full' });
    const ackedBySocket = Math.max(1, Number(sender.acks.at(-1)));
    expect(await http(`${server.url}/healthz`)).toMatchObject({ status: 200 });
    expect((await http(`${server.url}/metrics`)).body).toMatch(/^telemetry_commit_failures_total [1-9]/m);
    const sent = numbersIn(store);
    expect(sent.filter(n => n >= 0 && n < 2e6)).toEqual(acked);
    expect(sent.filter(n => n < 0 || n >= 2e6)).toHaveLength(ackedBySocket);

    rmSync(ballast);
    // While the maintenance process works with the room of the reserve, senders are to try again.
    await until(async () => {
      const later = await postJson(server.url, numbered(3e6, 200).join('\n'));
      if (later.status === 503) return false;
      expect(later).toMatchObject({ status: 200, accepted: 200 });
      return true;
    });
    await until(async () => {
      const again = await dial(server.url);
      again.send('{"n":-2}');
      const refusal = await again.acked(1).then(
        () => undefined,
        () => again.closed,
      );
      if (refusal) expect(refusal).toMatchObject({ code: 1011, reason: 'the disk is full' });
      return refusal === undefined;
    });
    expect(await server.end()).toBe(0);
    expectExactly(store, [...sent, ...Array.from({ length: 200 }, (_, i) => 3e6 + i), -2]);
  });

  test('stores what the reply of a POST says while the disk fills', async context => {
    const disk = smallDisk(4);
    if (disk === undefined) return context.skip('this user may not mount a tmpfs');
    const store = join(disk, 'store');
    const server = await serve({ store });

    const reply = await postJson(server.url, numbered(0, 20_000).join('\n'));

    expect(reply).toMatchObject({ status: 503, reason: 'journal_failure' });
    expect(reply.accepted).toBeGreaterThan(0);
    expect(numbersIn(store)).toEqual(Array.from({ length: reply.accepted }, (_, i) => i));
    await server.end();
  });
});

describe.skipIf(process.platform !== 'linux')('a limit on the size of files (prlimit is a command of Linux)', () => {
  test('survives the signal of a file size limit and recovers when it is lifted', async () => {
    const store = temporaryStore();
    const server = await serve({ store, under: ['prlimit', `--fsize=${1024 * 1024}:unlimited`] });

    const { acked, refused } = await fill(server, 0);

    expect(refused).toMatchObject({ status: 503, reason: 'journal_failure' });
    expect(refused.error).toMatch(/journal cannot be written|disk is full/);
    expectExactly(store, acked);

    execFileSync('prlimit', ['--pid', String(server.pid), '--fsize=unlimited:unlimited']);
    expect(await postJson(server.url, numbered(1e6, 200).join('\n'))).toMatchObject({ status: 200, accepted: 200 });
    expect(await server.end()).toBe(0);
    expectExactly(store, [...acked, ...Array.from({ length: 200 }, (_, i) => 1e6 + i)]);
  });
});
