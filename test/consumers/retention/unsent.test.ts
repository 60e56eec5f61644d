import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { applyPolicy } from '../../../src/consumers/retention/apply.js';
import { readRemoteLosses, readRemoteStates } from '../../../src/store/catalog/remote-state.js';
import { RemoteLedger } from '../../../src/store/catalog/remotes.js';
import { openForReading, openForWriting } from '../../../src/store/database/store.js';
import { allPayloads } from '../../helpers/all-events.js';
import { seal } from '../../helpers/archive.js';
import { openTestJournal } from '../../helpers/journal.js';
import { addRemote } from '../../helpers/remotes.js';
import { readStore, temporaryStore } from '../../helpers/store.js';
import type { RemoteDefinition } from '../../../src/consumers/remotes/remote.js';

const DAY = 86_400_000;

const options = {
  signal: new AbortController().signal,
  now: () => Date.now() * 1000,
  isShared: () => false,
};

/** Ten events, 10 to 1 days old, half of them sealed, and a remote that has the first two. */
async function lagging(definition: Partial<RemoteDefinition>): Promise<string> {
  const dir = temporaryStore();
  const journal = openTestJournal(dir);
  onTestFinished(() => journal.close());
  for (let age = 10; age > 0; age--) {
    journal.append([{ type: age % 2 ? 'log' : 'metric', age }], Date.now() - age * DAY);
    if (age === 6) await seal(dir);
  }
  addRemote(dir, 'far', 'postgres://host/db', definition);
  const db = openForWriting(dir);
  new RemoteLedger(db).sent('far', { toId: 2, events: 2, bytes: 2 }, Date.now() * 1000);
  db.close();
  return dir;
}

async function apply(dir: string, ages: Readonly<Record<string, number>>): Promise<number> {
  const { pruned } = await applyPolicy(dir, { ages, by: 'received' }, options);
  return pruned?.events ?? 0;
}

function losses(dir: string): unknown {
  const db = openForReading(dir);
  try {
    const [state] = readRemoteStates(db);
    const lost = readRemoteLosses(db, 'far', 9).map(({ firstId, lastId, events }) => ({ firstId, lastId, events }));
    return { lost: state!.lost_events, ranges: lost };
  } finally {
    db.close();
  }
}

/** The ages of the events that are left, in days, the oldest first. */
async function agesIn(dir: string): Promise<number[]> {
  return (await allPayloads(dir)).map(payload => (JSON.parse(payload) as { age: number }).age);
}

test('given a remote that lags less than it may, then retention removes what it has', async () => {
  const dir = await lagging({ maxLag: { age: 30 * DAY * 1000 } });
  expect(await apply(dir, { '*': 3 * DAY })).toBe(2);
  expect(losses(dir)).toEqual({ lost: 0, ranges: [] });
});

test('given a remote that lags more than it may, then retention counts what it loses', async () => {
  const dir = await lagging({ maxLag: { age: 5.5 * DAY * 1000 } });
  expect(await apply(dir, { '*': 3 * DAY })).toBe(5);
  expect(losses(dir)).toEqual({ lost: 3, ranges: [{ firstId: 3, lastId: 5, events: 3 }] });
});

test('given a remote that lags, then retention says that events wait for it', async () => {
  const policy = { ages: { '*': 20 * DAY }, by: 'received' } as const;
  const dir = await lagging({ maxLag: { age: 30 * DAY * 1000 } });
  expect(await applyPolicy(dir, policy, options)).toMatchObject({ isHeld: true });
  const db = openForWriting(dir);
  new RemoteLedger(db).sent('far', { toId: 10, events: 8, bytes: 8 }, Date.now() * 1000);
  db.close();
  expect(await applyPolicy(dir, policy, options)).toMatchObject({ isHeld: false });
});

test('given a remote of some types, then only events of these count as lost', async () => {
  const dir = await lagging({ maxLag: { age: DAY * 1000 }, types: ['metric'], where: 'planet is null' });
  expect(await apply(dir, { '*': 3 * DAY })).toBe(8);
  expect(losses(dir)).toEqual({ lost: 3, ranges: [{ firstId: 3, lastId: 7, events: 3 }] });
});

test.each([{ types: ['metric'] }, { where: `"type" = 'metric'` }, { types: ['metric', 'trace'], where: 'age > 1' }])(
  'given a remote that chooses %j, then only the events for it are held',
  async definition => {
    const dir = await lagging(definition);
    // Logs are 9, 7, 5, 3 and 1 days old; the remote has that of 9 days, and waits for the metric of 8 days.
    const { pruned, unsent, isHeld } = await applyPolicy(dir, { ages: { '*': 2 * DAY }, by: 'received' }, options);
    expect({ events: pruned?.events, unsent, isHeld }).toEqual({ events: 5, unsent: [], isHeld: true });
    expect(await agesIn(dir)).toEqual([8, 6, 4, 2, 1]);
    expect(losses(dir)).toEqual({ lost: 0, ranges: [] });
  },
);

test('given a remote that none of the events are for, then none are held', async () => {
  const dir = await lagging({ types: ['trace'] });
  expect(await applyPolicy(dir, { ages: { '*': 2 * DAY }, by: 'received' }, options)).toMatchObject({ isHeld: false });
  expect(await agesIn(dir)).toEqual([1]);
});

test.each(['received_at < now() - interval 30 days', `id in (select 1)`, 'received_at < ago(interval 30 days)'])(
  'given the condition %s, whose result may change, then all events are held',
  async where => {
    const dir = await lagging({ where });
    expect(await apply(dir, { '*': 2 * DAY })).toBe(2);
  },
);

test('given a damaged segment, then the events of its types are held', async () => {
  const dir = await lagging({ where: `age = 8` });
  const [{ file }] = readStore<{ file: string }>(dir, `select file from segments where first_id = 3`) as [
    { file: string },
  ];
  const path = join(dir, file);
  writeFileSync(path, readFileSync(path).subarray(0, -1));
  await apply(dir, { '*': 2 * DAY });
  expect(readStore(dir, `select file from segments where dropped_at is null`)).toContainEqual({ file });
});

test('given a maximum size of the store, then events that a remote does not want may go', async () => {
  const dir = await lagging({ types: ['metric'] });
  const { cut } = await applyPolicy(dir, { ages: {}, by: 'received', maxSize: 1 }, options);
  // The remote has the events of 10 and 9 days; that of 7 days is a log.
  expect(cut?.events).toBe(3);
  expect(await agesIn(dir)).toEqual([8, 6, 5, 4, 3, 2, 1]);
});

test('given a remote that holds forever, then retention never removes unsent events', async () => {
  const dir = await lagging({});
  expect(await apply(dir, { '*': DAY / 2 })).toBe(2);
});

test('given a maximum size of the store, then unsent events stay for a remote', async () => {
  const dir = await lagging({});
  const { cut } = await applyPolicy(dir, { ages: {}, by: 'received', maxSize: 1 }, options);
  expect(cut?.events).toBe(2);
});

test('given a maximum lag in bytes, then older events may go', async () => {
  const dir = await lagging({ maxLag: { bytes: 1 } });
  expect(await apply(dir, { '*': 3 * DAY })).toBe(5);
  expect(losses(dir)).toMatchObject({ lost: 3 });
});
