import { describe, expect, onTestFinished, test } from 'vitest';
import { migrate, SCHEMA_VERSION } from '../../../src/store/database/migrations.js';
import { Sqlite } from '../../../src/store/database/sqlite.js';

/** The version whose insert_datetime is computed by strftime. */
const WITH_STRFTIME = 11;

describe('a store with insert_datetime by strftime', () => {
  test.each([
    ['nothing else', 'select 1', 'datetime'],
    ['a view of the column', 'create view receipts as select id, insert_datetime from events', 'datetime'],
    ['a view of a table that is missing', 'create view broken as select * from missing', 'strftime'],
    ['an index on the column', 'create index receipts on events(insert_datetime)', 'strftime'],
    [
      'a trigger that names the column',
      'create trigger noted after insert on events begin select new.insert_datetime; end',
      'datetime',
    ],
  ])('is migrated where its user has added %s', (_, sql, computedBy) => {
    const db = new Sqlite(':memory:');
    onTestFinished(() => void db.close());
    migrate(db, WITH_STRFTIME);
    db.exec(sql);
    const insert = db.prepare('insert into events(stream_id, received_at, payload) values (1, ?, ?)');
    insert.run(Date.UTC(2026, 10, 30, 13, 5, 9, 7) * 1000, '{}');
    migrate(db);
    insert.run(Date.UTC(2026, 10, 30, 13, 5, 10, 999) * 1000, '{}');

    const table = db.prepare(`select sql from sqlite_schema where name = 'events'`).pluck().get();
    expect(table).toMatch(new RegExp(`\\(${computedBy}\\(received|\\(${computedBy}\\('%Y`));
    expect(db.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION);
    expect(db.pragma('legacy_alter_table', { simple: true })).toBe(0);
    expect(db.prepare('select insert_datetime from events').pluck().all()).toEqual([
      '2026-11-30 13:05:09.007',
      '2026-11-30 13:05:10.999',
    ]);
  });
});
