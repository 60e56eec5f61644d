import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cleanEnv, TELEMETRY } from '../cli/command.js';
import { askInProcess } from '../helpers/command-in-process.js';
import { postJson } from '../helpers/http.js';
import { serve } from '../helpers/server.js';
import { temporaryStore } from '../helpers/store.js';

/** The log may take this, in bytes, whoever reads. */
const BOUND = 96e6;

/** What is sent: more than the bound, in few large events. */
const POSTS = 220;
const EVENTS_A_POST = 250;
const SENDERS = 4;

test(
  'the log stays small beside five tails, queries and one that waits for its reader',
  { timeout: 900_000 },
  async () => {
    const store = temporaryStore();
    const server = await serve({ store, args: ['--seal-after', '5s', '--query-processes', '2'] });
    const log = (): number => statSync(join(store, 'telemetry.db-wal'), { throwIfNoEntry: false })?.size ?? 0;
    const follow = (...args: string[]): ChildProcess => {
      const child = spawn(process.execPath, [TELEMETRY, ...args, '--store', store], {
        cwd: store,
        env: cleanEnv(store),
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    };
    const body = (n: number): string =>
      Array.from(
        { length: EVENTS_A_POST },
        (_, i) => `{"type":"log","n":${n * EVENTS_A_POST + i},"text":"${'x'.repeat(2000)}"}`,
      ).join('\n');

    await postJson(server.url, body(0));
    const tails = Array.from({ length: 5 }, () => follow('tail', '-n', '1', '--filter', 'n % 100 = 0'));
    await Promise.all(tails.map(({ stdout }) => once(stdout!, 'data')));
    const waiting = follow('query', 'select * from events cross join range(1000)');
    await once(waiting.stdout!, 'readable');

    let largest = 0;
    let posts = 1;
    const stop = new AbortController();
    const send = async (): Promise<void> => {
      while (posts < POSTS && !stop.signal.aborted) {
        expect(await postJson(server.url, body(posts++))).toMatchObject({ accepted: EVENTS_A_POST });
        largest = Math.max(largest, log());
      }
    };
    const ask = async (): Promise<void> => {
      while (posts < POSTS && !stop.signal.aborted) {
        const question = ['query', 'select count(*) from events', '--store', store];
        expect((await askInProcess(question, { cwd: store })).code).toBe(0);
      }
    };
    try {
      await Promise.all([...Array.from({ length: SENDERS }, send), ask()]);
    } finally {
      stop.abort();
    }

    expect(largest).toBeLessThan(BOUND);
    expect(waiting.exitCode).toBeNull();
    expect(await server.end()).toBe(0);
  },
);
