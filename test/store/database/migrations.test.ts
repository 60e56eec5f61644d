import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { migrate, SCHEMA_VERSION } from '../../../src/store/database/migrations.js';

/** The version whose insert_datetime is computed by strftime. */
const WITH_STRFTIME = 11;

describe('a store with insert_datetime by strftime', () => {
  test.each([
    ['nothing else', 'select 1'],
    ['a view of the column', 'create view receipts as select id, insert_datetime from events'],
    ['a view of a table that is missing', 'create view broken as select * from missing'],
    ['an index on the column', 'create index receipts on events(insert_datetime)'],
    [
      'a trigger that names the column',
      'create trigger noted after insert on events begin select new.insert_datetime; end',
    ],
  ])('is migrated where its user has added %s', (_, sql) => {
    const db = new Database(':memory:');
    onTestFinished(() => void db.close());
    migrate(db, WITH_STRFTIME);
    db.exec(sql);
    const insert = db.prepare('insert into events(stream_id, received_at, payload) values (1, ?, ?)');
    insert.run(Date.UTC(2026, 10, 30, 13, 5, 9, 7) * 1000, '{}');
    migrate(db);
    insert.run(Date.UTC(2026, 10, 30, 13, 5, 10, 999) * 1000, '{}');

    expect(db.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION);
    expect(db.pragma('legacy_alter_table', { simple: true })).toBe(0);
    expect(db.prepare('select insert_datetime from events').pluck().all()).toEqual([
      '2026-11-30 13:05:09.007',
      '2026-11-30 13:05:10.999',
    ]);
  });
});
