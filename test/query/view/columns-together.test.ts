import { expect, test } from 'vitest';
import { rowsOf } from '../../../src/query/result/rows.js';
import { KIND } from '../../../src/core/attribute.js';
import { journalSelect } from '../../../src/query/view/events-view.js';
import { needsOf } from '../../../src/query/view/core-needs.js';
import { createFixture } from '../fixture.js';

const ODD = [
  '{"time":"2026-11-22T10:00:00.5Z","level":"warn","msg":"a","n":1,"f":-0.0,"big":12345678901234567890}',
  '{"timestamp":1763805600000,"severity_number":17,"n":1.5,"o":{"a":{"b":[1,2]},"0":"digit"},"x":"text"}',
  '{"o":[{"a":1}],"x":{"y":null},"n":"1e3","null":null,"level":null,"":"empty key","a/b":"slash","a~b":"tilde"}',
  '{"traceId":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","duration_us":1500,"trace.id":"dotted"}',
  '{"message":"\\ud83d\\ude00 \\u0000 end","service":{"name":"api"},"type":"Log","payload texts":"of a user","x":[true]}',
  '{"message":"","service.name":"web","type":" ","name":"n","duration_ms":"12","x":false,"f":1e308}',
  '"only text"',
  '[1,{"a":2}]',
  '17',
  'null',
];

test('a column has the same values alone and with all others', async () => {
  const session = await createFixture(...ODD).open();
  const together = await session.query('from events order by id');
  const whole = await rowsOf(together);

  expect(whole).toHaveLength(ODD.length);
  for (const [i, { name }] of together.columns.entries()) {
    const alone = await rowsOf(await session.query(`select "${name.replaceAll('"', '""')}" from events order by id`));
    expect([name, alone.map(([value]) => value)]).toEqual([name, whole.map(row => row[i])]);
  }
});

test.each([
  ['from events', true],
  ['select * from events where n = 1', true],
  ['select id, time, type, name, severity, message, service, x from events', true],
  ['select type, count(*) from events group by type', false],
  ['select * from (select x from events)', false],
])('%s reads many columns: %s', (sql, expected) => {
  expect(needsOf(sql, { attributes: [], objects: [] }).readsManyColumns).toBe(expected);
});

test('a payload is parsed once where many columns are read, and else for each', () => {
  const shown = ['a', 'b', 'c'].map(name => ({ name, kinds: KIND.string, paths: [[name]] }));
  const parses = (parsesOnce: boolean): number => {
    const columns = {
      registered: shown,
      shown,
      leftOut: new Set<never>(),
      core: new Set<never>(),
      placeholder: () => undefined,
      parsesOnce,
    };
    return journalSelect(columns).split('json_extract').length - 1;
  };

  expect([parses(true), parses(false)]).toEqual([1, 3]);
});
