import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENCODING } from '../../../src/core/event.js';
import { Appender } from '../../../src/store/journal/appender.js';
import { BatchBuilder } from '../../../src/store/journal/batch.js';
import { openForWriting } from '../../../src/store/database/store.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

let dir: string;
let db: Database;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'telemetry-failing-'));
  db = openForWriting(dir, 'none');
});

afterEach(() => {
  db.close();
  removeDirectory(dir);
});

const facts = { shape: 1, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
const opening = { startedAt: 1, transport: 'http', remote: undefined, path: '/', headers: '{}' };
const builder = new BatchBuilder(() => 1);

function add(stream: number, json: string): void {
  builder.add(stream, Buffer.from(json), 0, json.length, facts);
}

function whileFull(work: () => void): void {
  db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true }))}`);
  work();
  db.pragma('max_page_count = 1000000');
}

describe('streams that end while the journal fails', () => {
  it('ends the stream with a stored part, and has nothing of the one without', () => {
    const appender = new Appender(db);
    builder.open({ ...opening, id: 1 });
    add(1, '1');
    appender.append([builder.finish()]);
    whileFull(() => {
      builder.open({ ...opening, id: 2 });
      add(2, `"${'x'.repeat(100_000)}"`);
      const first = builder.finish();
      expect(() => appender.append([first])).toThrow(/full/);
      builder.close({ id: 1, endedAt: 7 });
      builder.close({ id: 2, endedAt: 7 });
      builder.open({ ...opening, id: 3 });
      add(3, `"${'x'.repeat(100_000)}"`);
      builder.close({ id: 3, endedAt: 7 });
      const second = builder.finish();
      expect(() => appender.append([second])).toThrow(/full/);
    });
    builder.open({ ...opening, id: 4 });
    appender.append([builder.finish()]);
    expect(db.prepare('select id, ended_at, events from streams').raw().all()).toEqual([
      [1, 7, 1],
      [4, null, 0],
    ]);
  });
});
