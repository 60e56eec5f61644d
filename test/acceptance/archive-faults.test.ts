import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { onArchive, seal } from '../helpers/archive.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { openTestJournal } from '../helpers/journal.js';
import { readStore, temporaryStore } from '../helpers/store.js';
import { cleanEnv, TELEMETRY } from '../cli/command.js';

const EVENTS = 300;

/** Runs a command that the fault ends; returns the signal that did. */
async function killed(store: string, command: string, fault: string): Promise<unknown> {
  const child = spawn(process.execPath, [TELEMETRY, command, '--store', store], {
    env: cleanEnv(store, { TELEMETRY_FAULT: fault }),
    stdio: 'ignore',
  });
  const [, signal] = (await once(child, 'exit')) as unknown[];
  return signal;
}

async function numbers(store: string): Promise<number[]> {
  const { out, err, code } = await commandInProcess(
    ['query', 'select n from events order by n', '--format', 'csv', '--store', store],
    { cwd: store },
  );
  expect([code, err]).toEqual([0, '']);
  return out.trim().split('\n').slice(1).map(Number);
}

const expected = Array.from({ length: EVENTS }, (_, i) => i);

function storeWith(parts: number): { store: string; append: () => void; close: () => void } {
  const store = temporaryStore();
  const journal = openTestJournal(store);
  let next = 0;
  return {
    store,
    append() {
      journal.append(Array.from({ length: EVENTS / parts }, () => ({ type: 'log', n: next++ })));
    },
    close: () => journal.close(),
  };
}

test.each(['seal:written', 'seal:before-change', 'seal:after-change', 'trim:deleting', 'trim:deleted'])(
  'keeps each event once when a seal is killed at %s, and after the next',
  async fault => {
    const { store, append, close } = storeWith(1);
    append();
    close();

    expect(await killed(store, 'seal', fault)).toBe('SIGKILL');
    expect(await numbers(store)).toEqual(expected);

    expect((await commandInProcess(['seal', '--store', store], { cwd: store })).code).toBe(0);
    expect(await numbers(store)).toEqual(expected);
    expect(readStore(store, 'select count(*) as n from events')).toEqual([{ n: 0 }]);
    expect((await commandInProcess(['verify', '--deep', '--store', store], { cwd: store })).code).toBe(0);
  },
);

test.each(['compact:written', 'compact:before-change', 'compact:after-change', 'compact:swept'])(
  'keeps each event once when a compaction is killed at %s, and after the next',
  async fault => {
    const { store, append, close } = storeWith(3);
    for (let i = 0; i < 3; i++) {
      append();
      await seal(store);
    }
    close();

    expect(await killed(store, 'compact', fault)).toBe('SIGKILL');
    expect(await numbers(store)).toEqual(expected);

    expect((await commandInProcess(['compact', '--store', store], { cwd: store })).code).toBe(0);
    expect(await numbers(store)).toEqual(expected);
    const segments = await onArchive(store, ({ catalog }) => Promise.resolve(catalog.segments()));
    expect(segments).toHaveLength(1);
    expect((await commandInProcess(['verify', '--deep', '--store', store], { cwd: store })).code).toBe(0);
  },
);

test.each(['filters:before-change', 'filters:after-change'])(
  'finds an event by its id when a compaction is killed at %s, and after the next',
  async fault => {
    const store = temporaryStore();
    const journal = openTestJournal(store);
    journal.append(Array.from({ length: 1500 }, (_, n) => ({ type: 'log', n, trace_id: `4bf92f35-${n}` })));
    journal.close();
    await seal(store);
    const find = () =>
      commandInProcess(
        [
          'query',
          '-p',
          'id=4bf92f35-70',
          'select n from events where trace_id = $id',
          '--format',
          'csv',
          '--store',
          store,
        ],
        { cwd: store },
      );
    const filters = (): unknown => readStore(store, 'select count(*) as n from segment_filters');

    expect(await killed(store, 'compact', fault)).toBe('SIGKILL');
    expect((await find()).out.trim().split('\n')).toEqual(['n', '70']);
    expect(filters()).toEqual([{ n: fault === 'filters:before-change' ? 0 : 1 }]);

    const { out } = await commandInProcess(['compact', '--store', store], { cwd: store });
    expect(JSON.parse(out)).toMatchObject({ filtered: fault === 'filters:before-change' ? 1 : 0, complete: true });
    expect(filters()).toEqual([{ n: 1 }]);
    expect((await find()).out.trim().split('\n')).toEqual(['n', '70']);
    expect((await commandInProcess(['verify', '--deep', '--store', store], { cwd: store })).code).toBe(0);
  },
);
