import fc from 'fast-check';
import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeEventRanges, type EventRange } from '../../../src/store/catalog/event-ranges.js';
import { openReader, type JournalReader } from '../../../src/store/journal/reader.js';
import { Sqlite } from '../../../src/store/database/sqlite.js';
import { migrate } from '../../../src/store/database/migrations.js';
import { openForWriting } from '../../../src/store/database/store.js';
import { propertyRuns } from '../../helpers/property-runs.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

describe('a journal reader', () => {
  let dir: string;
  let db: Database.Database;
  let reader: JournalReader;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'reader-'));
    db = openForWriting(dir, 'none');
    reader = openReader(dir);
  });
  afterEach(() => {
    reader.close();
    db.close();
    removeDirectory(dir);
  });

  const insert = (receivedAt: number, payload = '{}', encoding: string | null = null, id?: number): void => {
    db.prepare('insert into events(id, stream_id, received_at, payload, encoding) values (?, 1, ?, ?, ?)').run(
      id ?? null,
      receivedAt,
      payload,
      encoding,
    );
  };

  test('given no directory, when opened, then it is no store', () => {
    expect(() => openReader(join(dir, 'none'))).toThrow(expect.objectContaining({ kind: 'noStore' }));
  });

  test('migrates a store of an older version and loses nothing', () => {
    const older = mkdtempSync(join(tmpdir(), 'reader-'));
    const writer = new Sqlite(join(older, 'telemetry.db'));
    migrate(writer, 1);
    writer.exec(`insert into events(stream_id, received_at, payload) values (1, 5, '{"a":1}')`);
    writer.close();

    const upgraded = openReader(older);

    expect(upgraded.readPage(['payload'], 0, 9, 9).values).toEqual([['{"a":1}', 1]]);
    expect(upgraded.segments()).toEqual([]);
    upgraded.close();
    removeDirectory(older);
  });

  test('reports a directory without permission instead of a missing store', () => {
    symlinkSync('loop', join(dir, 'loop'));
    expect(() => openReader(join(dir, 'loop'))).toThrow(expect.objectContaining({ kind: 'failure' }));
  });

  test('reads consecutive pages in id order within the bounds', () => {
    for (let i = 1; i <= 7; i++) insert(i, `{"i":${i}}`);
    const first = reader.readPage(['payload', 'id'], 1, 6, 3);
    expect(first.values.map(row => row.slice(0, 2))).toEqual([
      ['{"i":2}', 2],
      ['{"i":3}', 3],
      ['{"i":4}', 4],
    ]);
    expect(reader.readPage(['id'], first.lastId, 6, 3).values.map(([id]) => id)).toEqual([5, 6]);
    expect(reader.readPage(['id'], 6, 6, 3).values).toEqual([]);
    expect(reader.countEvents(1, 6)).toBe(5);
    expect(reader.lastId()).toBe(7);
  });

  test('keeps a snapshot while rows are added and pruned', () => {
    for (let i = 1; i <= 3; i++) insert(i);
    reader.begin();
    db.exec('delete from events where id = 2');
    insert(4);
    expect(reader.readPage(['id'], 0, 100, 10).values.map(([id]) => id)).toEqual([1, 2, 3]);
    reader.begin();
    reader.end();
    expect(reader.lastId()).toBe(3);
    reader.end();
    expect(reader.readPage(['id'], 0, 100, 10).values.map(([id]) => id)).toEqual([1, 3, 4]);
  });

  test('changes the version only when another connection commits', () => {
    const before = reader.version();
    expect(reader.version()).toBe(before);
    insert(1);
    expect(reader.version()).not.toBe(before);
  });

  test('replaces escapes of lone surrogates and keeps pairs', () => {
    insert(1, String.raw`{"a":"\ud800x","b":"\ud83d\ude00","c":"\\ud800","d":"\udc00\uDBFF"}`, 'surrogate');
    insert(2, '"aGk="', 'base64');
    expect(reader.readPage(['payload', 'encoding'], 0, 9, 9).values.map(row => row.slice(0, 2))).toEqual([
      [String.raw`{"a":"\ufffdx","b":"\ud83d\ude00","c":"\\ud800","d":"\ufffd\ufffd"}`, null],
      ['"aGk="', 'base64'],
    ]);
  });

  test('finds the first event received since a time, whatever the clock did', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 60 })), { maxLength: 40 }),
        fc.integer({ min: 2, max: 7 }),
        fc.integer({ min: -1, max: 60 }),
        (steps, idsOfARange, micros) => {
          db.exec('delete from events; delete from event_ranges');
          let id = 0;
          const rows = steps.map(([gap, receivedAt]) => [(id += gap), receivedAt] as const);
          for (const [rowId, receivedAt] of rows) insert(receivedAt, '{}', null, rowId);
          writeEventRanges(db, rangesOf(rows, idsOfARange), 0);
          const found = reader.firstIdReceivedSince({ afterId: 0, upToId: id }, micros);
          expect(found).toBe(rows.find(([, receivedAt]) => receivedAt >= micros)?.[0]);
        },
      ),
      { numRuns: propertyRuns(20) },
    );
  });
});

/** The ranges of rows, every other one: events between two of them have none. */
function rangesOf(rows: readonly (readonly [id: number, receivedAt: number])[], ids: number): EventRange[] {
  const last = rows.at(-1)?.[0] ?? 0;
  return Array.from({ length: Math.floor(last / (2 * ids)) }, (_, i) => {
    const [firstId, lastId] = [2 * i * ids + 1, (2 * i + 1) * ids];
    const times = rows.flatMap(([id, at]) => (id >= firstId && id <= lastId ? [at] : []));
    const [from, to] = [Math.min(...times, 1000), Math.max(...times, 0)];
    return { firstId, lastId, receivedFrom: from, receivedTo: to, timeFrom: from, timeTo: to };
  });
}
