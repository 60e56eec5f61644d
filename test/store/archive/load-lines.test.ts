import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sealJournal } from '../../../src/store/archive/seal/seal-journal.js';
import { DEFAULT_TUNING } from '../../../src/core/limits.js';
import { onArchive, seal } from '../../helpers/archive.js';
import { createFixture, rowsOf, type Fixture, type Sent } from '../../query/fixture.js';

const SQL = 'select id, "type", "time", received_at, "encoding", payload::varchar from events order by id';

async function rows(fixture: Fixture): Promise<unknown> {
  return rowsOf(await (await fixture.open()).query(SQL));
}

/** The rows of a store before and after its journal is sealed. */
async function beforeAndAfter(...events: readonly Sent[]): Promise<[unknown, unknown]> {
  const fixture = createFixture(...events);
  const before = await rows(fixture);
  await seal(fixture.dir);
  return [before, await rows(fixture)];
}

describe('events on their way through lines', () => {
  test.each<[string, Sent[]]>([
    ['line breaks between tokens', ['{\n"type":"a",\r\n"n":1}', '{"type":"a","n":2}', '[\n1]']],
    ['an encoding', [{ sent: '"aGk="', encoding: 'base64' }, '{"a":1}']],
    ['half of a surrogate pair', [{ sent: '{"type":"\\ud800","\\n":"x\\n"}', encoding: 'surrogate' }, '{"type":"b"}']],
    [
      'a type with escapes',
      ['{"type":"\\u0061\\"é"}', '{"type":"a\\"é"}', '{"type":""}', '{"type":"","msg":"m","level":1}'],
    ],
    [
      'types that are numbers',
      ['{"type":1}', '{"type":1.50}', '{"type":-0}', '{"type":true}', '{"type":12345678901234567890}'],
    ],
    ['types that are no scalars', ['{"type":[1],"event_type":"b"}', '{"type":{"a":1}}', '{"type":null}']],
    ['a key twice', ['{"type":"a","type":"b"}', '{"type":"c","n":1,"n":2}']],
    [
      'types by their keys',
      ['{"metric_name":"m"}', '{"span_id":"1"}', '{"msg":"m","level":"info"}', '{"MSG":"m","Level":3}'],
    ],
    ['values that are no objects', ['"text"', '7', '[{"type":"a"}]', 'null']],
    ['more types than files', Array.from({ length: 80 }, (_, n) => ({ type: `t${n}`, n }))],
    [
      'days and types that alternate',
      Array.from({ length: 12 }, (_, n) => ({
        sent: `{"type":"t${n % 3}"}`,
        receivedAt: (n % 2) * 86_400_000_000 + n,
      })),
    ],
    ['an event of over a MiB', [{ n: 1 }, { n: 2, text: 'x'.repeat(1_200_000) }, { n: 3 }]],
  ])('have the columns and payloads of the journal, given %s', async (_, events) => {
    const [before, after] = await beforeAndAfter(...events);
    expect(after).toEqual(before);
  });

  test('keep the ids for de-duplication, also below line breaks', async () => {
    const fixture = createFixture('{"event_id":"a"}', '{"event_id":\n7}', '{"inner":{"event_id":"b"}}', '{"n":1}');
    await seal(fixture.dir);
    expect(fixture.db.prepare('select sum(length(hashes)) / 8 from sealed_event_ids').pluck().get()).toBe(2);
  });

  test('are sealed batch after batch, and leave no files of lines', async () => {
    const count = 140_000;
    const fixture = createFixture();
    for (let n = 0; n < count; n += 1000) {
      fixture.add(...Array.from({ length: 1000 }, (_, i) => `{"type":"t${i % 2}","n":${n + i}}`));
    }
    const options = { dir: fixture.dir, ...DEFAULT_TUNING, now: () => Date.now() * 1000, isShared: () => false };
    expect(await sealJournal(options, new AbortController().signal)).toMatchObject({ events: count, isComplete: true });
    const sums = await rowsOf(await (await fixture.open()).query('select count(*), sum(n), max(id) from events'));
    expect(sums.map(String)).toEqual([`${count},${(count * (count - 1)) / 2},${count}`]);
    const unfinished = join(fixture.dir, 'archive', 'unfinished');
    expect(existsSync(unfinished) ? readdirSync(unfinished) : []).toEqual([]);
    await onArchive(fixture.dir, ({ catalog }) => {
      expect(catalog.segments().length).toBeLessThanOrEqual(20);
      return Promise.resolve();
    });
  });
});
