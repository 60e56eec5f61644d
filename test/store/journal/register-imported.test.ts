import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KIND } from '../../../src/core/attribute.js';
import { jsonStream } from '../../../src/formats/json/stream.js';
import { readAttributes } from '../../../src/store/catalog/attributes.js';
import { hashId } from '../../../src/store/catalog/deduplication.js';
import { readSealed, readSegments } from '../../../src/store/catalog/segments.js';
import { openForWriting } from '../../../src/store/database/store.js';
import { Appender } from '../../../src/store/journal/appender.js';
import { BatchBuilder } from '../../../src/store/journal/batch.js';
import { packHashes, type ImportedBatch } from '../../../src/store/journal/imported-batch.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

let dir: string;
let db: Database;
let appender: Appender;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'telemetry-register-'));
  db = openForWriting(dir, 'none');
  appender = new Appender(db);
});

afterEach(() => {
  db.close();
  removeDirectory(dir);
});

/** Appends events to the journal. Returns how many were stored. */
function append(stream: number, ...events: string[]): number {
  const builder = new BatchBuilder(() => 1_000_000);
  builder.open({ id: stream, startedAt: 1, transport: 'http', remote: undefined, path: '/', headers: '{}' });
  const decoder = jsonStream((bytes, start, end, meta) => builder.add(stream, bytes, start, end, meta), {
    maxEventBytes: 1e6,
  });
  void decoder.write(Buffer.from(`${events.join('\n')}\n`));
  return appender.append([builder.finish()])[0]![0]!.stored;
}

const segment = {
  kind: 'parquet',
  format: 2,
  day: '2026-11-29',
  type: 'log',
  tier: 0,
  bytes: 100,
  checksum: '',
  receivedFrom: 1,
  receivedTo: 1,
  timeFrom: null,
  timeTo: null,
  types: {},
  columns: {},
  shapes: [],
} as const;

/** A batch of two events, of which the first has the event id `a`. */
function batch(firstId: number, more: Partial<ImportedBatch> = {}): ImportedBatch {
  const file = `archive/${firstId}.parquet`;
  return {
    firstId,
    events: 2,
    receivedAt: 2_000_000,
    segments: [{ ...segment, file, events: 2, firstId, lastId: firstId + 1 }],
    attributes: [{ path: ['n'], kinds: KIND.integer }],
    eventIds: packHashes([hashId(Buffer.from('a'), 0, 1)]),
    after: 0,
    upTo: 2,
    mark: { source: 'ingest:file', position: 0, checkpoint: 'begin' },
    stream: {
      id: 100 + firstId,
      startedAt: 1,
      endedAt: 2,
      transport: 'ingest',
      remote: undefined,
      path: undefined,
      headers: '{}',
    },
    ...more,
  };
}

const seal = (): void => void db.prepare('update sealed set last_id = (select max(id) from events)').run();

test('makes segments the next events of the store, in one transaction with all that tells of them', () => {
  expect(appender.register(batch(1))).toBe(true);

  expect(readSegments(db).map(({ firstId, lastId }) => [firstId, lastId])).toEqual([[1, 2]]);
  expect(readSealed(db)).toEqual({ lastId: 2, receivedAt: 2_000_000 });
  expect(readAttributes(db)).toEqual([{ name: 'n', paths: [['n']], kinds: KIND.integer }]);
  expect(db.prepare('select position, checkpoint from feeds').all()).toEqual([{ position: 2, checkpoint: 'begin' }]);
  expect(db.prepare('select transport, events, ended_at from streams').all()).toEqual([
    { transport: 'ingest', events: 2, ended_at: 2 },
  ]);
  expect(append(1, '{"event_id":"a"}', '{"event_id":"b"}')).toBe(1);
  expect(db.prepare('select id from events').pluck().all()).toEqual([3]);
});

test('knows the event ids of segments after a restart', () => {
  appender.register(batch(1));
  appender = new Appender(db);

  expect(append(1, '{"event_id":"a"}')).toBe(0);
});

const sealedEvent = (): void => {
  append(1, '{}');
  seal();
};

test.each<[string, () => void, ImportedBatch]>([
  ['other events came first', sealedEvent, batch(1)],
  ['an event is not sealed', () => void append(1, '{}'), batch(2)],
  ['another process read the source further', () => void appender.register(batch(1)), batch(3, { after: 1 })],
])('changes nothing when %s', (_, prepare, refused) => {
  prepare();
  const before = db.prepare(
    'select (select count(*) from segments) as segments, (select count(*) from streams) as streams',
  );
  const counts = before.get();

  expect(appender.register(refused)).toBe(false);
  expect(before.get()).toEqual(counts);
  expect(append(9, '{"event_id":"new"}')).toBe(1);
});

test('follows events that are sealed', () => {
  append(1, '{}', '{}', '{}');
  seal();

  expect(appender.register(batch(4))).toBe(true);
  expect(readSealed(db).lastId).toBe(5);
});

test('changes nothing when a segment cannot be registered', () => {
  appender.register(batch(1));
  const twice = batch(3, {
    segments: batch(1).segments,
    after: 2,
    eventIds: packHashes([hashId(Buffer.from('z'), 0, 1)]),
  });

  expect(() => appender.register(twice)).toThrow(/UNIQUE/);
  expect(readSealed(db).lastId).toBe(2);
  expect(append(1, '{"event_id":"z"}')).toBe(1);
  expect(db.prepare('select id from events').pluck().all()).toEqual([3]);
});
