import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSegments } from '../../../src/store/catalog/segments.js';
import { seal } from '../../helpers/archive.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openForwarder, type Forwarder } from '../../../src/consumers/forward/forwarder.js';
import { RefusedBatch, type RemoteKind } from '../../../src/consumers/remotes/kind.js';
import type { RemoteDefinition } from '../../../src/consumers/remotes/remote.js';
import { rowsOf } from '../../../src/query/result/rows.js';
import { removeObject } from '../../../src/store/catalog/objects.js';
import { deleteRemote, RemoteLedger } from '../../../src/store/catalog/remotes.js';
import { openForReading, openForWriting, type Durability } from '../../../src/store/database/store.js';
import { commandInProcess } from '../../helpers/command-in-process.js';
import { openTestJournal, type TestJournal } from '../../helpers/journal.js';
import { addRemote, remoteOf } from '../../helpers/remotes.js';
import { readStore, temporaryStore } from '../../helpers/store.js';
import { watchSyncs } from '../../helpers/watch-syncs.js';

/** A remote in memory. */
class Memory {
  readonly payloads: string[] = [];
  readonly ranges: [afterId: number, toId: number][] = [];
  position: number | undefined;
  /** True where the remote says that it has some of the events. */
  hasSome = false;
  maintained = 0;
  /** Called with the number of events of a batch before it is taken. */
  sending: (events: number, memory: string) => void = () => undefined;

  kind(refuses: (payload: string) => boolean = () => false, more: Partial<RemoteKind> = {}): RemoteKind {
    return {
      protocols: ['memory:'],
      once: '',
      options: [],
      batch: 8,
      check: () => undefined,
      connect: () =>
        Promise.resolve({
          description: 'memory',
          position: () => Promise.resolve(this.position),
          hasAny: () => Promise.resolve(this.hasSome),
          maintain: () => Promise.resolve(this.maintained++ === 0),
          close: () => Promise.resolve(),
          send: async batch => {
            const rows = await rowsOf(
              await batch.session.query(`select payload::varchar, type, message from ${batch.source} order by id`),
            );
            const payloads = rows.map(row => row.join('|'));
            const [limit] = await rowsOf(await batch.session.query(`select current_setting('memory_limit')`));
            this.sending(batch.events, limit![0]!);
            if (payloads.some(refuses)) throw new RefusedBatch('no such event');
            this.ranges.push([batch.afterId, batch.toId]);
            this.payloads.push(...payloads);
            return { bytes: payloads.join('').length };
          },
        }),
      ...more,
    };
  }
}

function storeWith(events: readonly object[]): { dir: string; journal: TestJournal } {
  const dir = temporaryStore();
  const journal = openTestJournal(dir);
  onTestFinished(() => journal.close());
  if (events.length > 0) journal.append(events, Date.now());
  return { dir, journal };
}

async function forwarderTo(
  dir: string,
  kind: RemoteKind,
  definition: Partial<RemoteDefinition> = {},
  durability: Durability = 'fsync',
): Promise<{ forwarder: Forwarder; ledger: RemoteLedger }> {
  const db = openForWriting(dir, durability);
  const ledger = new RemoteLedger(db);
  if (!ledger.progress('far')) addRemote(dir, 'far', 'memory://x', definition);
  const remote = remoteOf('memory://x', definition);
  const { signal } = new AbortController();
  const forwarder = await openForwarder({ remote, kind, dir, db, signal, now: () => Date.now() * 1000 });
  onTestFinished(async () => {
    await forwarder.close();
    db.close();
  });
  return { forwarder, ledger };
}

async function drain(forwarder: Forwarder): Promise<{ events: number; rejected: number }> {
  const total = { events: 0, rejected: 0 };
  for (let step = await forwarder.step(); step; step = await forwarder.step()) {
    total.events += step.events;
    total.rejected += step.rejected;
  }
  return total;
}

test.each([
  ['kept', true],
  ['not kept', false],
] as const)('given a batch that is %s, then its events are on disk before they leave', async (_, keepsBatches) => {
  const { dir } = storeWith([{ n: 1 }, { n: 2 }]);
  const memory = new Memory();
  const { forwarder } = await forwarderTo(dir, memory.kind(undefined, { keepsBatches }), {}, 'os');
  const seen: string[] = [];
  memory.sending = events => seen.push(`${events} sent`);
  watchSyncs(() =>
    seen.push(`pending ${String(readStore<{ id: number }>(dir, 'select pending_id as id from remotes')[0]!.id)}`),
  );
  await drain(forwarder);
  expect(seen).toEqual([`pending ${keepsBatches ? '2' : 'null'}`, '2 sent']);
});

const numbered = (count: number): object[] =>
  Array.from({ length: count }, (_, n) => ({ type: n % 2 ? 'log' : 'metric', n }));

describe('a forwarder', () => {
  test('given more events than a batch has, then it sends each once in order', async () => {
    const { dir, journal } = storeWith(numbered(20));
    const memory = new Memory();
    const { forwarder, ledger } = await forwarderTo(dir, memory.kind());
    expect(await drain(forwarder)).toEqual({ events: 20, rejected: 0 });
    expect(memory.ranges).toEqual([
      [0, 8],
      [8, 16],
      [16, 20],
    ]);
    journal.append([{ type: 'log', n: 20 }], Date.now());
    expect(await drain(forwarder)).toEqual({ events: 1, rejected: 0 });
    expect(memory.payloads.map(text => (JSON.parse(text.split('|')[0]!) as { n: number }).n)).toEqual(
      Array.from({ length: 21 }, (_, n) => n),
    );
    expect(ledger.progress('far')).toMatchObject({ cursorId: 21, sentEvents: 21, attempts: 0 });
  });

  test('given refused events, then it sends all others and records the reason', async () => {
    const { dir } = storeWith(numbered(20));
    const memory = new Memory();
    const { forwarder, ledger } = await forwarderTo(
      dir,
      memory.kind(text => /"n":(3|11)\b/.test(text)),
    );
    expect(await drain(forwarder)).toEqual({ events: 18, rejected: 2 });
    expect(memory.payloads).toHaveLength(18);
    expect(new Set(memory.payloads).size).toBe(18);
    expect(ledger.rejectedBetween('far', 0, 100)).toEqual([4, 12]);
    expect(ledger.progress('far')?.cursorId).toBe(20);
  });

  test('given a condition and types, then it sends the events that meet both', async () => {
    const { dir } = storeWith(numbered(20));
    const memory = new Memory();
    const { forwarder, ledger } = await forwarderTo(dir, memory.kind(), { where: 'n < 10', types: ['log'] });
    expect(await drain(forwarder)).toEqual({ events: 5, rejected: 0 });
    expect(ledger.progress('far')?.cursorId).toBe(20);
  });

  test('given a condition on a key that no event has, then it passes all events', async () => {
    const { dir } = storeWith(numbered(3));
    const { forwarder, ledger } = await forwarderTo(dir, new Memory().kind(), { where: "planet = 'Mars'" });
    expect(await drain(forwarder)).toEqual({ events: 0, rejected: 0 });
    expect(ledger.progress('far')?.cursorId).toBe(3);
  });

  test('given privacy rules, then columns and payload are those of the redacted event', async () => {
    const { dir } = storeWith([{ type: 'log', msg: 'mail bob@example.com', user: { id: 7 } }]);
    const memory = new Memory();
    const privacy = { redact: ['email'], hash: [], drop: ['user.id'] };
    const { forwarder } = await forwarderTo(dir, memory.kind(), { privacy });
    await drain(forwarder);
    expect(memory.payloads).toEqual(['{"type":"log","msg":"mail [email]","user":{}}|log|mail [email]']);
  });

  test('given a remote that knows its position, then that position counts', async () => {
    const { dir } = storeWith(numbered(10));
    const memory = new Memory();
    memory.position = 7;
    const { forwarder } = await forwarderTo(dir, memory.kind());
    expect(await drain(forwarder)).toEqual({ events: 3, rejected: 0 });
  });

  test('given a remote that lost its last batches, then it gets them again', async () => {
    const { dir } = storeWith(numbered(20));
    const memory = new Memory();
    const first = await forwarderTo(dir, memory.kind(), { where: 'n < 9' });
    expect(await drain(first.forwarder)).toEqual({ events: 9, rejected: 0 });
    memory.position = 16;
    const same = await forwarderTo(dir, memory.kind(), { where: 'n < 9' });
    expect(same.ledger.progress('far')).toMatchObject({ cursorId: 20, sentId: 16 });
    memory.position = 8;
    const restored = await forwarderTo(dir, memory.kind(), { where: 'n < 9' });
    expect(await drain(restored.forwarder)).toEqual({ events: 1, rejected: 0 });
  });

  test('given a batch that was begun, then the next run repeats the same ids', async () => {
    const { dir, journal } = storeWith(numbered(3));
    const memory = new Memory();
    let isDown = true;
    const kind = memory.kind(
      () => {
        if (isDown) throw new Error('down');
        return false;
      },
      { keepsBatches: true },
    );
    const { forwarder } = await forwarderTo(dir, kind);
    await expect(forwarder.step()).rejects.toThrow('down');
    journal.append(numbered(4), Date.now());
    isDown = false;
    const again = await forwarderTo(dir, kind);
    await drain(again.forwarder);
    expect(memory.ranges).toEqual([
      [0, 3],
      [3, 7],
    ]);
  });

  test('given a kind that wants larger batches, then a server waits for them', async () => {
    const { dir, journal } = storeWith(numbered(3));
    const memory = new Memory();
    const { forwarder } = await forwarderTo(dir, memory.kind(undefined, { minBatch: 5, maxDelayMs: 3_600_000 }));
    expect(await forwarder.step(true)).toBeUndefined();
    journal.append(numbered(2), Date.now());
    expect(await forwarder.step(true)).toMatchObject({ events: 5 });
    journal.append(numbered(1), Date.now());
    expect(await forwarder.step()).toMatchObject({ events: 1 });
  });

  test('given a maximum of days, then no batch spans more', async () => {
    const day = (n: number): string => new Date(Date.UTC(2026, 0, 1 + n)).toISOString();
    const { dir } = storeWith(Array.from({ length: 8 }, (_, n) => ({ type: 'log', time: day(n) })));
    const memory = new Memory();
    const { forwarder } = await forwarderTo(dir, memory.kind(undefined, { maxDays: 2 }));
    expect(await drain(forwarder)).toEqual({ events: 8, rejected: 0 });
    expect(memory.ranges.every(([afterId, toId]) => toId - afterId <= 2)).toBe(true);
  });

  test('given a damaged segment, then its events are not passed unsent', async () => {
    const { dir, journal } = storeWith(numbered(6));
    await seal(dir);
    const db = openForReading(dir);
    const [segment] = readSegments(db);
    db.close();
    writeFileSync(join(dir, segment!.file), 'x');
    const memory = new Memory();
    await expect(forwarderTo(dir, memory.kind())).rejects.toThrow('is damaged');
    expect(memory.payloads).toEqual([]);
    const other = openForWriting(dir);
    expect(new RemoteLedger(other).progress('far')?.cursorId).toBe(0);
    new RemoteLedger(other).pass('far', 6);
    other.close();
    journal.append(numbered(2), Date.now());
    const { forwarder } = await forwarderTo(dir, memory.kind());
    expect(await drain(forwarder)).toEqual({ events: 2, rejected: 0 });
  });

  test('given a damaged segment that was set aside, then its events are passed and counted as lost', async () => {
    const { dir, journal } = storeWith(numbered(6));
    await seal(dir);
    const [segment] = readStore<{ file: string }>(dir, `select file from segments where types like '%log%'`);
    writeFileSync(join(dir, segment!.file), 'x');
    await commandInProcess(['verify', '--repair', '--store', dir], { cwd: dir });
    for (let i = 0; i < 2; i++) {
      journal.append([{ type: 'metric' }], Date.now());
      const { forwarder } = await forwarderTo(dir, new Memory().kind());
      await drain(forwarder);
    }
    expect(readStore(dir, 'select remote, events from remote_losses')).toEqual([{ remote: 'far', events: 6 }]);
    expect(readStore(dir, 'select cursor_id, sent_events from remotes')).toEqual([{ cursor_id: 8, sent_events: 2 }]);
  });

  test.each([true, false])(
    'given kept batches over the largest memory, then %s for parts there decides',
    async hasSome => {
      const { dir } = storeWith(numbered(8));
      const memory = new Memory();
      memory.hasSome = hasSome;
      memory.sending = events => {
        if (events > 3) throw new Error('Out of Memory Error: failed to allocate data of size 64.0 MiB');
      };
      const { forwarder } = await forwarderTo(dir, memory.kind(undefined, { keepsBatches: true }));
      if (hasSome) await expect(forwarder.step()).rejects.toThrow('Out of Memory');
      else {
        expect(await drain(forwarder)).toEqual({ events: 8, rejected: 0 });
        expect(new Set(memory.payloads).size).toBe(8);
      }
    },
  );

  test('given a remote that was removed or paused, then it stops', async () => {
    const { dir } = storeWith(numbered(3));
    const { forwarder } = await forwarderTo(dir, new Memory().kind());
    const db = openForWriting(dir);
    db.prepare('update remotes set is_paused = 1').run();
    expect(await forwarder.step()).toBeUndefined();
    db.prepare('delete from remotes').run();
    db.close();
    expect(await forwarder.step()).toBeUndefined();
  });

  test('given events that do not fit the memory, then batches are smaller', async () => {
    const { dir } = storeWith(numbered(20));
    const memory = new Memory();
    memory.sending = events => {
      if (events > 3) throw new Error('Out of Memory Error: failed to allocate data of size 64.0 MiB');
    };
    const { forwarder, ledger } = await forwarderTo(dir, memory.kind());
    expect(await drain(forwarder)).toEqual({ events: 20, rejected: 0 });
    expect(memory.ranges.slice(0, 4)).toEqual([
      [0, 2],
      [2, 4],
      [4, 6],
      [6, 8],
    ]);
    expect(new Set(memory.payloads).size).toBe(20);
    expect(ledger.progress('far')).toMatchObject({ cursorId: 20, sentEvents: 20 });
  });

  test('given an event that does not fit the memory, then it gets more', async () => {
    const { dir } = storeWith(numbered(2));
    const memory = new Memory();
    const limits: string[] = [];
    memory.sending = (_, limit) => {
      limits.push(limit);
      if (limit === '192.0 MiB') {
        throw new Error('Invalid Input Error: {"exception_type":"Out of Memory","exception_message":"failed"}');
      }
    };
    const { forwarder } = await forwarderTo(dir, memory.kind());
    expect(await drain(forwarder)).toEqual({ events: 2, rejected: 0 });
    expect(limits).toEqual(['192.0 MiB', '192.0 MiB', '384.0 MiB', '384.0 MiB']);
  });

  test('given an event that fits no memory, then it is rejected', async () => {
    const { dir } = storeWith(numbered(2));
    const memory = new Memory();
    let isFirst = true;
    const kind = memory.kind(undefined, { batch: 1 });
    const { forwarder, ledger } = await forwarderTo(dir, kind);
    memory.sending = () => {
      if (isFirst) throw new Error('Out of Memory Error: failed to allocate data of size 64.0 MiB');
    };
    expect(await forwarder.step()).toEqual({ events: 0, bytes: 0, rejected: 1 });
    isFirst = false;
    expect(await drain(forwarder)).toEqual({ events: 1, rejected: 0 });
    expect(ledger.rejectedBetween('far', 0, 2)).toEqual([1]);
  });

  test('given a kind that keeps batches, then they get memory, not halves', async () => {
    const { dir } = storeWith(numbered(6));
    const memory = new Memory();
    memory.sending = (_, limit) => {
      if (limit === '192.0 MiB') throw new Error('Out of Memory Error: failed to allocate data of size 64.0 MiB');
    };
    const { forwarder } = await forwarderTo(dir, memory.kind(undefined, { keepsBatches: true }));
    expect(await drain(forwarder)).toEqual({ events: 6, rejected: 0 });
    expect(memory.ranges).toEqual([[0, 6]]);
  });

  test('given a full batch, then a kind that wants larger ones gets it', async () => {
    const { dir } = storeWith(numbered(10));
    const kind = new Memory().kind(undefined, { minBatch: 50, maxDelayMs: 3_600_000 });
    const { forwarder } = await forwarderTo(dir, kind, { batch: 4 });
    expect(await forwarder.step(true)).toMatchObject({ events: 4 });
    expect(await forwarder.step(true)).toMatchObject({ events: 4 });
    expect(await forwarder.step(true)).toBeUndefined();
  });

  test('given a remote that is replaced in a batch, then the new one starts anew', async () => {
    const { dir } = storeWith(numbered(3));
    const memory = new Memory();
    memory.sending = () => {
      removeObject(dir, 'remote', 'far', db => deleteRemote(db, 'far'));
      addRemote(dir, 'far', 'memory://y');
    };
    const { forwarder, ledger } = await forwarderTo(dir, memory.kind());
    await forwarder.step();
    expect(memory.payloads).toHaveLength(3);
    expect(ledger.progress('far')).toMatchObject({ cursorId: 0, sentEvents: 0 });
    expect(await forwarder.step()).toBeUndefined();
  });

  test('given last events that were removed, then it passes their ids', async () => {
    const { dir } = storeWith(numbered(4));
    const { forwarder, ledger } = await forwarderTo(dir, new Memory().kind());
    const db = openForWriting(dir);
    db.prepare('delete from events where id > 2').run();
    db.close();
    expect(await drain(forwarder)).toEqual({ events: 2, rejected: 0 });
    expect(ledger.progress('far')?.cursorId).toBe(4);
  });
});
