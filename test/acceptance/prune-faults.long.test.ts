import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openForReading } from '../../src/store/database/store.js';
import { telemetry } from '../cli/command.js';
import { seal } from '../helpers/archive.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { openTestJournal } from '../helpers/journal.js';
import { temporaryStore } from '../helpers/store.js';

const POINTS = [
  'prune:before-drop',
  'prune:after-drop',
  'prune:written',
  'prune:before-change',
  'prune:after-change',
  'prune:journal',
];

/** A store with a segment that goes whole, one that is mixed, and a rest in the journal: of 300 events, 150 are to go. */
async function mixedStore(): Promise<string> {
  const store = join(temporaryStore(), 'store');
  const journal = openTestJournal(store);
  const day = (type: (n: number) => string, daysAgo: number): void =>
    journal.append(
      Array.from({ length: 100 }, (_, n) => ({ type: type(n), n, daysAgo })),
      Date.now() - daysAgo * 86_400_000,
    );
  day(() => 'log', 3);
  day(n => (n % 2 === 0 ? 'log' : 'metric'), 2);
  await seal(store);
  day(n => (n % 2 === 0 ? 'log' : 'metric'), 1);
  journal.close();
  return store;
}

test.each(POINTS)('leaves each event there or gone when killed at %s; the next prune completes it', async point => {
  const store = await mixedStore();
  const cwd = join(store, '..');
  const idsNow = async (): Promise<number[]> => {
    const { out, code } = await commandInProcess(
      ['query', '--store', store, 'select id, payload from events order by id', '--format', 'ndjson'],
      { cwd },
    );
    expect(code).toBe(0);
    return out
      .split('\n')
      .filter(line => line !== '')
      .map(line => (JSON.parse(line) as { id: number }).id);
  };
  const before = await idsNow();
  expect(before).toHaveLength(300);
  const kept = before.filter(id => id > 100 && id % 2 === 0);

  const prune = ['prune', '--store', store, '--keep', 'metric', '--yes'];
  const killed = await telemetry(prune, { cwd, env: { TELEMETRY_FAULT: point } });
  expect(killed.code).toBeNull();

  const during = await idsNow();
  expect(new Set(during).size).toBe(during.length);
  expect(during.filter(id => kept.includes(id))).toEqual(kept);

  expect((await commandInProcess(prune, { cwd })).code).toBe(0);
  expect(await idsNow()).toEqual(kept);
  const db = openForReading(store);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.close();
});
