import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSegments } from '../../../src/store/catalog/segments.js';
import { openForReading } from '../../../src/store/database/store.js';
import { applyPolicy } from '../../../src/consumers/retention/apply.js';
import { retentionTask, sizeTrouble } from '../../../src/consumers/retention/task.js';
import {
  agesText,
  parseAges,
  readPolicy,
  writePolicy,
  type RetentionPolicy,
} from '../../../src/consumers/retention/policy.js';
import { openSession } from '../../../src/query/session.js';
import { rowsOf } from '../../../src/query/result/rows.js';
import { seal } from '../../helpers/archive.js';
import { openTestJournal, type TestJournal } from '../../helpers/journal.js';
import { storedStreams } from '../../helpers/store.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

const DAY = 86_400_000;

describe('parseAges', () => {
  test('refuses a word for another type, which in quotes is a type', () => {
    expect(() => parseAges('logs=14d,*=1d')).toThrow('"logs" is not a type of event: the type is log');
    expect(() => parseAges('Spans=14d')).toThrow('the type is trace');
    const ages = parseAges('"logs"=14d');
    expect(ages).toEqual({ logs: 14 * DAY });
    expect(agesText({ ages, by: 'received' })).toBe('"logs"=14d');
  });

  test('given ages, then they are read, and written again as they were', () => {
    const ages = parseAges('metric=180d, trace=30d,a=b=12h,*=90d');
    expect(ages).toEqual({ metric: 180 * DAY, trace: 30 * DAY, 'a=b': DAY / 2, '*': 90 * DAY });
    expect(agesText({ ages, by: 'received' })).toBe('metric=180d,trace=30d,a=b=12h,*=90d');
  });

  test.each(['', 'metric', '=3d', 'metric=', 'metric=soon', 'a=1d,a=2d', 'a=0d', 'a=1d,'])(
    'given "%s", then it is refused with how to write it',
    text => {
      expect(() => parseAges(text)).toThrow(expect.objectContaining({ kind: 'usage' }) as Error);
    },
  );
});

describe('a retention policy', () => {
  let dir: string;
  let journal: TestJournal;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'policy-'));
    journal = openTestJournal(dir);
  });
  afterEach(() => {
    journal.close();
    removeDirectory(dir);
  });

  const options = () => ({
    signal: new AbortController().signal,
    now: () => Date.now() * 1000,
    isShared: () => false,
  });
  const apply = (policy: Partial<RetentionPolicy>, isDryRun = false) =>
    applyPolicy(dir, { ages: {}, by: 'received', ...policy }, options(), isDryRun);
  const ids = async (): Promise<number[]> => {
    const session = await openSession({ dir });
    try {
      return (await rowsOf(await session.query('select id from events order by id'))).map(([id]) => Number(id));
    } finally {
      session.close();
    }
  };
  const append = (daysAgo: number, ...events: object[]): void => journal.append(events, Date.now() - daysAgo * DAY);
  const segmentBytes = (): number[] => {
    const db = openForReading(dir);
    try {
      return readSegments(db).map(({ bytes }) => bytes);
    } finally {
      db.close();
    }
  };

  test('given a store, then its policy is kept in it until it is taken back', () => {
    expect(readPolicy(dir)).toBeUndefined();
    const policy: RetentionPolicy = { ages: { log: DAY }, by: 'time', maxSize: 5 };
    writePolicy(dir, policy);
    expect(readPolicy(dir)).toEqual(policy);
    writePolicy(dir, undefined);
    expect(readPolicy(dir)).toBeUndefined();
  });

  test('removes events past the age of their type, sealed or not, and no other types', async () => {
    append(40, { type: 'log' }, { type: 'metric' }, { type: 'other' });
    append(20, { type: 'log' }, { type: 'metric' }, { type: 'other' });
    await seal(dir);
    append(1, { type: 'log' }, { type: 'metric' }, { type: 'other' });
    const { plan } = await apply({ ages: parseAges('log=14d,metric=30d') }, true);
    expect(plan?.removed.events).toBe(3);
    expect(await ids()).toHaveLength(9);
    const { pruned } = await apply({ ages: parseAges('log=14d,metric=30d') });
    expect(pruned?.events).toBe(3);
    expect(await ids()).toEqual([3, 5, 6, 7, 8, 9]);
    await apply({ ages: parseAges('log=14d,*=10d') });
    expect(await ids()).toEqual([7, 8, 9]);
  });

  test('given ages by the time of the events, then received times do not count', async () => {
    const time = (daysAgo: number): string => new Date(Date.now() - daysAgo * DAY).toISOString();
    append(1, { type: 'log', time: time(30) }, { type: 'log', time: time(2) }, { type: 'log' });
    await seal(dir, 2);
    append(0, { type: 'log', time: time(30) });
    await apply({ ages: parseAges('*=14d'), by: 'time' });
    expect(await ids()).toEqual([2, 3]);
  });

  test('removes the oldest segments until the size fits, but never the newest day', async () => {
    for (const daysAgo of [3, 2, 1, 0]) {
      append(daysAgo, ...Array.from({ length: 6000 }, () => ({ type: 'log', id: Math.random(), at: Math.random() })));
      await seal(dir);
    }
    const bytes = segmentBytes();
    expect(bytes).toHaveLength(4);
    const { size } = await apply({ maxSize: 1 }, true);
    expect(size?.segments).toHaveLength(3);
    const one = await apply({ maxSize: size!.size - bytes[0]! / 2 });
    expect(one.cut?.events).toBe(6000);
    expect((await ids())[0]).toBe(6001);
    const all = await apply({ maxSize: 1000 });
    expect((await ids())[0]).toBe(18_001);
    expect(await ids()).toHaveLength(6000);
    expect(sizeTrouble({ ages: {}, by: 'received', maxSize: 1000 }, all)).toMatch(/^the newest day alone takes/);
  });

  test('removes the oldest journal events of a store too large, except the newest day', async () => {
    append(2, ...Array.from({ length: 2000 }, (_, n) => ({ type: 'log', n, text: 'x'.repeat(300) })));
    append(0, { type: 'log' });
    const { cut } = await apply({ maxSize: 1000 });
    expect(cut?.events).toBe(2000);
    expect(await ids()).toEqual([2001]);
  });

  test('removes streams without events, and keeps those of the remaining events', async () => {
    append(21, { type: 'log' });
    append(20, { type: 'metric' });
    append(10, { type: 'log' });
    await seal(dir);
    append(1, { type: 'log' });
    await apply({ ages: parseAges('log=15d') });
    expect(storedStreams(dir).map(({ id }) => id)).toEqual([2, 3, 4]);
    await apply({ ages: parseAges('*=5d') });
    expect(storedStreams(dir).map(({ id }) => id)).toEqual([4]);
  });

  test('waits for a busy server, but at most for one more interval', async () => {
    append(20, { type: 'log' });
    writePolicy(dir, { ages: parseAges('*=5d'), by: 'received' });
    const said: string[] = [];
    const chore = retentionTask(dir, 0, options(), {
      removed: (_events, _bytes, text) => said.push(text),
      trouble: text => said.push(text),
    });
    await chore(false);
    expect(said).toEqual([expect.stringMatching(/^retention removed 1 event \(1 of log\); the disk got back .*B$/)]);
    await chore(false);
    expect(said).toHaveLength(1);

    append(20, { type: 'log' });
    const never = retentionTask(dir, 3_600_000, options(), {
      removed: () => said.push('x'),
      trouble: () => undefined,
    });
    await never(false);
    expect(await ids()).toEqual([2]);
  });
});
