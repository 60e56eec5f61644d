import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { FAULT_VARIABLE } from '../../../../../src/core/fault-point.js';
import { cleanEnv, telemetry, TELEMETRY } from '../../../../cli/command.js';
import { openTestJournal } from '../../../../helpers/journal.js';
import { emptyPostgres } from '../../../../helpers/postgres.js';
import { addRemote, forwardTo } from '../../../../helpers/remotes.js';
import { readStore, temporaryStore } from '../../../../helpers/store.js';

const server = emptyPostgres();

const EVENTS = 2000;

function filledStore(batch: number): string {
  const dir = temporaryStore();
  const journal = openTestJournal(dir);
  journal.appendText(Array.from({ length: EVENTS }, (_, n) => `{"type":"log","n":${n}}`));
  journal.close();
  addRemote(dir, 'pg', server.url, { batch });
  return dir;
}

async function expectEachOnce(): Promise<void> {
  const [row] = await server.ask(
    `select count(*)::int as events, count(distinct event_id)::int as ids, sum((payload->>'n')::int)::int as sum from events`,
  );
  expect(row).toEqual({ events: EVENTS, ids: EVENTS, sum: (EVENTS * (EVENTS - 1)) / 2 });
}

const forward = (dir: string, env: Readonly<Record<string, string>> = {}) =>
  telemetry(['forward', 'pg', '--until-current', '--store', dir], { cwd: dir, env });

describe('a forwarder that is killed', () => {
  test.each(['postgres:copied', 'postgres:inserted', 'postgres:committed', 'forward:sent'])(
    'at %s, then each event arrives once',
    async fault => {
      const dir = filledStore(700);
      expect(await forward(dir, { [FAULT_VARIABLE]: fault })).toMatchObject({ code: null });
      expect(await forward(dir)).toMatchObject({ code: 0, err: '' });
      await expectEachOnce();
      expect(readStore(dir, 'select cursor_id from remotes')).toEqual([{ cursor_id: EVENTS }]);
    },
  );

  test('at random moments, then each event arrives once', async () => {
    const dir = filledStore(50);
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, [TELEMETRY, 'forward', 'pg', '--until-current', '--store', dir], {
        cwd: dir,
        env: cleanEnv(dir),
        stdio: 'ignore',
      });
      const gone = once(child, 'exit');
      await sleep(300 + Math.random() * 700);
      child.kill('SIGKILL');
      await gone;
    }
    await forwardTo(dir, 'pg');
    await expectEachOnce();
  });
});

describe('a PostgreSQL server that is killed', () => {
  test('while events arrive, then each is there once', async () => {
    const dir = filledStore(50);
    for (let round = 0; round < 2; round++) {
      const child = spawn(process.execPath, [TELEMETRY, 'forward', 'pg', '--store', dir], {
        cwd: dir,
        env: cleanEnv(dir),
        stdio: 'ignore',
      });
      const gone = once(child, 'exit');
      await someArrived(round * 500 + 100);
      killServer(server.engine.values);
      await sleep(200);
      await server.restart();
      expect(server.engine.values.URL).toBe(server.url);
      await someArrived(round * 500 + 300);
      child.kill('SIGTERM');
      await gone;
    }
    await forwardTo(dir, 'pg');
    await expectEachOnce();
  });
});

/** Resolves once the table has as many events. */
async function someArrived(events: number): Promise<void> {
  for (;;) {
    const rows = await server.ask<{ n: number }>('select count(*)::int as n from events').catch(() => []);
    if ((rows[0]?.n ?? 0) >= events) return;
    await sleep(20);
  }
}

/** Kills the first process of a server and all of its children, like a power failure. */
function killServer({ PID: pid, DIR: dir }: Readonly<Record<string, string>>): void {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', pid!], { encoding: 'utf8' })
    .split(/\s+/)
    .filter(Boolean);
  expect(join(dir!, 'data')).toContain('postgres');
  for (const one of [pid!, ...children]) {
    try {
      process.kill(Number(one), 'SIGKILL');
    } catch {
      // A child has ended with its parent.
    }
  }
}
