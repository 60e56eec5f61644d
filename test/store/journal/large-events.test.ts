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
  dir = mkdtempSync(join(tmpdir(), 'telemetry-large-'));
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

describe('an event larger than any other', () => {
  it('stores a batch that ends with an event of more than 2^27 bytes', () => {
    const big = Buffer.alloc(2 ** 27 + 3, 'x');
    big[0] = big[big.length - 1] = '"'.charCodeAt(0);
    builder.open({ ...opening, id: 1 });
    const small = Array.from({ length: 20 }, (_, i) => `"${i}"`);
    for (const json of small) add(1, json);
    builder.add(1, big, 0, big.length, facts);
    new Appender(db).append([builder.finish()]);
    expect(db.prepare('select length(payload) from events order by id').pluck().all()).toEqual([
      ...small.map(json => json.length),
      big.length,
    ]);
  });
});
