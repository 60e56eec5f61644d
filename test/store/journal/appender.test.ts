import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attributeType } from '../../../src/core/attribute.js';
import { ENCODING, type EventMeta } from '../../../src/core/event.js';
import { MAX_ATTRIBUTES } from '../../../src/core/limits.js';
import { jsonStream } from '../../../src/formats/json/stream.js';
import { Appender, type BatchOutcome } from '../../../src/store/journal/appender.js';
import { readAttributes } from '../../../src/store/catalog/attributes.js';
import { BatchBuilder, type Batch } from '../../../src/store/journal/batch.js';
import { openForWriting } from '../../../src/store/database/store.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

let dir: string;
let db: Database;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'telemetry-appender-'));
  db = openForWriting(dir, 'none');
});

afterEach(() => {
  db.close();
  removeDirectory(dir);
});

interface Sent {
  stream: number;
  events: string[];
  open?: boolean;
  close?: boolean;
  at?: number;
}

/** Appends one batch, and returns what became of its runs. */
function append(appender: Appender, batch: Batch): BatchOutcome {
  return appender.append([batch])[0]!;
}

/** A batch as the transports make it: the events pass the decoder. */
function batchOf(...sent: Sent[]): Batch {
  let now = 0;
  const builder = new BatchBuilder(() => now);
  for (const { stream, events, open, close, at = 1_000_000 } of sent) {
    now = at;
    if (open)
      builder.open({ id: stream, startedAt: at, transport: 'http', remote: undefined, path: '/', headers: '{}' });
    const decoder = jsonStream((bytes, start, end, facts) => builder.add(stream, bytes, start, end, facts), {
      maxEventBytes: 1e6,
    });
    void decoder.write(Buffer.from(events.join('\n') + ' '));
    void decoder.end();
    if (close) builder.close({ id: stream, endedAt: at });
  }
  return builder.finish();
}

const payloads = () => db.prepare('select payload from events order by id').pluck().all();
const attributes = () => Object.fromEntries(readAttributes(db).map(({ name, kinds }) => [name, attributeType(kinds)]));

describe('appending a batch', () => {
  it('stores short and long runs of several streams in order with their streams', () => {
    const long = Array.from({ length: 500 }, (_, i) => `{"n":${i},"text":"é${'x'.repeat(i)}"}`);
    const outcomes = append(
      new Appender(db),
      batchOf(
        { stream: 1, events: ['{"a":1}'], open: true },
        { stream: 2, events: long, open: true, close: true },
        { stream: 1, events: ['{"a":2}', '3'], close: true },
      ),
    );
    expect(outcomes).toEqual([
      { stored: 1, duplicates: 0, repeated: 0, denied: 0 },
      { stored: 500, duplicates: 0, repeated: 0, denied: 0 },
      { stored: 2, duplicates: 0, repeated: 0, denied: 0 },
    ]);
    expect(payloads()).toEqual(['{"a":1}', ...long, '{"a":2}', '3']);
    expect(db.prepare('select id, events, ended_at from streams order by id').raw().all()).toEqual([
      [1, 3, 1_000_000],
      [2, 500, 1_000_000],
    ]);
    expect(db.prepare('select stream_id, count(*) from events group by 1').raw().all()).toEqual([
      [1, 3],
      [2, 500],
    ]);
  });

  it('counts an event_id seen in the batch, before it or before a restart', () => {
    const twins = ['{"event_id":"a","n":1}', '{"n":2,"event_id":"a"}', '{"event_id":7}', '{"event_id":"é\\u00e9"}'];
    expect(append(new Appender(db), batchOf({ stream: 1, events: twins, open: true }))).toEqual([
      { stored: 3, duplicates: 1, repeated: 0, denied: 0 },
    ]);
    const appender = new Appender(db);
    expect(append(appender, batchOf({ stream: 2, events: [...twins, '{"event_id":"b"}'], open: true }))).toEqual([
      { stored: 1, duplicates: 4, repeated: 0, denied: 0 },
    ]);
    expect(append(appender, batchOf({ stream: 2, events: ['{"event_id":"b"}'] }))).toEqual([
      { stored: 0, duplicates: 1, repeated: 0, denied: 0 },
    ]);
    expect(payloads()).toEqual([
      '{"event_id":"a","n":1}',
      '{"event_id":7}',
      '{"event_id":"é\\u00e9"}',
      '{"event_id":"b"}',
    ]);
  });

  it('stores other streams, but no more of those of a failed batch', () => {
    let isInPlace = false;
    const appender = new Appender(db, () => {
      if (!isInPlace) throw new Error('telemetry.db was removed or replaced');
    });
    expect(() => append(appender, batchOf({ stream: 1, events: ['1'], open: true }))).toThrow('was removed');
    isInPlace = true;
    const outcomes = append(
      appender,
      batchOf({ stream: 1, events: ['2'] }, { stream: 2, events: ['3'], open: true, close: true }),
    );

    expect(outcomes).toEqual([null, { stored: 1, duplicates: 0, repeated: 0, denied: 0 }]);
    expect(payloads()).toEqual(['3']);
  });

  it('registers and widens keys of several kinds, also after a restart', () => {
    append(
      new Appender(db),
      batchOf({ stream: 1, events: ['{"a":1,"b":{"c":"x"},"d":[1],"e":null,"Time":1}'], open: true }),
    );
    expect(attributes()).toEqual({
      a: 'BIGINT',
      b: 'JSON',
      'b.c': 'VARCHAR',
      d: 'JSON',
      e: 'VARCHAR',
      Time: 'BIGINT',
    });
    append(new Appender(db), batchOf({ stream: 2, events: ['{"a":1.5,"e":true}', '{"A":2}'], open: true }));
    expect(attributes()).toMatchObject({ a: 'DOUBLE', e: 'BOOLEAN' });
    expect(attributes()).not.toHaveProperty('A');
  });

  it('learns each size of an integer, though the events differ in nothing else', () => {
    const appender = new Appender(db);
    const types = [['1', '9223372036854775807'], ['9223372036854775808'], ['1'.repeat(39)]].map((values, i) => {
      append(appender, batchOf({ stream: i + 1, events: values.map(value => `{"a":${value}}`), open: true }));
      return attributes().a;
    });

    expect(types).toEqual(['BIGINT', 'HUGEINT', 'VARCHAR']);
  });

  it('registers keys that are data as attributes up to the limit', () => {
    const events = Array.from({ length: MAX_ATTRIBUTES + 500 }, (_, i) => `{"key-${i}":1}`);
    append(new Appender(db), batchOf({ stream: 1, events, open: true }));
    expect(readAttributes(db)).toHaveLength(MAX_ATTRIBUTES);
    expect(payloads()).toHaveLength(events.length);
  });

  it('gives later events the right time after the clock was ahead', () => {
    append(new Appender(db), batchOf({ stream: 1, events: ['1'], open: true, at: 5_000_000 }));
    append(new Appender(db), batchOf({ stream: 1, events: ['2'], at: 4_000_000 }));
    expect(db.prepare('select received_at from events').pluck().all()).toEqual([5_000_000, 4_000_000]);
  });

  it('keeps order and encoding of a binary event within a run', () => {
    const builder = new BatchBuilder(() => 1);
    const facts: EventMeta = { shape: 1, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
    for (let i = 0; i < 6; i++)
      builder.add(1, Buffer.from(`"${i}"`), 0, 3, { ...facts, encoding: i === 3 ? ENCODING.base64 : ENCODING.none });
    append(new Appender(db), builder.finish());
    expect(db.prepare('select payload, encoding from events order by id').raw().all()).toEqual([
      ['"0"', null],
      ['"1"', null],
      ['"2"', null],
      ['"3"', 'base64'],
      ['"4"', null],
      ['"5"', null],
    ]);
  });
});

describe('a failing journal', () => {
  it('stores other streams, but nothing of a failed batch or later of its streams', () => {
    const appender = new Appender(db);
    append(appender, batchOf({ stream: 1, events: ['{"a":1}'], open: true }));
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true }))}`);
    const tooMuch = batchOf(
      { stream: 1, events: ['{"event_id":"x"}', `"${'x'.repeat(100_000)}"`, '{"new":1}'] },
      { stream: 2, events: ['2'], open: true },
    );
    expect(() => append(appender, tooMuch)).toThrow(/full/);
    db.pragma('max_page_count = 1000000');
    expect(
      append(
        appender,
        batchOf({ stream: 1, events: ['3'] }, { stream: 3, events: ['{"event_id":"x","new":2}'], open: true }),
      ),
    ).toEqual([null, { stored: 1, duplicates: 0, repeated: 0, denied: 0 }]);
    expect(payloads()).toEqual(['{"a":1}', '{"event_id":"x","new":2}']);
    expect(attributes()).toHaveProperty('new');
  });

  it('ends streams left open by a crash at their last event at the next open', () => {
    append(new Appender(db), batchOf({ stream: 1, events: ['1'], open: true, at: 2_000_000 }));
    const { lastStreamId } = new Appender(db);
    expect(lastStreamId).toBe(1);
    expect(db.prepare('select ended_at, events from streams').raw().all()).toEqual([[2_000_000, 1]]);
  });
});
