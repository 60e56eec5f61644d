import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvRows, type CsvOptions } from '../../../src/formats/csv/rows.js';
import { DecodeError } from '../../../src/formats/decoder.js';

type Bad = readonly [line: number | undefined, reason: string, text: string];

/** A decoder of a table, what came of it, and the rows that it left out when it is to go on behind them. */
function collector(options: Partial<CsvOptions> = {}) {
  const events: string[] = [];
  const bad: Bad[] = [];
  const decoder = csvRows((bytes, start, end) => void events.push(Buffer.from(bytes.subarray(start, end)).toString()), {
    maxEventBytes: 1000,
    ...options,
  });
  return {
    events,
    bad,
    write: async (text: string | Buffer) => decoder.write(Buffer.from(text as string, 'latin1')),
    end: async () => decoder.end(),
  };
}

/** Decodes a table whole, leaving out what is wrong. */
async function skipping(text: string, options: Partial<CsvOptions> = {}) {
  const bad: Bad[] = [];
  const { events, write, end } = collector({
    ...options,
    onBadRow: ({ line, reason }, row) => bad.push([line, reason, row.toString('latin1')]) > 0,
  });
  await write(text);
  await end();
  return { events, bad };
}

test('given rows that come one by one, then each is an event as soon as its line ends', async () => {
  const { events, write, end } = collector();

  await write('a,b\r\n1,x\r\n');
  expect(events).toEqual(['{"a":1,"b":"x"}']);
  await write('2,"y\n');
  await write('z"');
  expect(events).toHaveLength(1);
  await write('\n');
  expect(events).toEqual(['{"a":1,"b":"x"}', '{"a":2,"b":"y\\nz"}']);
  await write('3,z');
  await end();
  expect(events).toHaveLength(3);
});

test('given every way to split a table in two, then the rows are the same', async () => {
  const table = '\xef\xbb\xbfa,b\r\n1,"x ""y""\r\nz"\n\n"",\r\n"2",3\r4,\xc3\xa9\n';
  for (let at = 0; at <= table.length; at++) {
    const { events, write, end } = collector();
    await write(table.slice(0, at));
    await write(table.slice(at));
    await end();

    expect(events, `split at ${at}`).toEqual([
      '{"a":1,"b":"x \\"y\\"\\r\\nz"}',
      '{"a":"","b":null}',
      '{"a":"2","b":3}',
      '{"a":4,"b":"é"}',
    ]);
  }
});

test('reads any cells written as in RFC 4180, however they are chunked', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', ';', '\n', '\r', ' ', '1'), maxLength: 6 });
  const rows = fc
    .integer({ min: 1, max: 4 })
    .chain(width => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }));
  await fc.assert(
    fc.asyncProperty(rows, fc.constantFrom('\n', '\r\n', '\r'), fc.array(fc.nat(20)), async (table, ending, sizes) => {
      const header = table[0]!.map((_, i) => `c${i}`).join(',');
      const lines = table.map(row => row.map(text => `"${text.replaceAll('"', '""')}"`).join(','));
      const bytes = Buffer.from([header, ...lines, ''].join(ending));
      const { events, write, end } = collector();
      let at = 0;
      for (const size of sizes) await write(bytes.subarray(at, (at += size)));
      await write(bytes.subarray(at));
      await end();

      expect(events.map(event => Object.values(JSON.parse(event) as Record<string, string>))).toEqual(table);
    }),
  );
});

describe('a row that is wrong', () => {
  test.each([
    ['a row that is too long', '3,4,5\n', 'invalid_csv'],
    ['bytes that are no UTF-8', '4,\xff\n', 'invalid_utf8'],
    ['a quote with text behind it', '4,"a"b\n', 'invalid_csv'],
  ])('given %s, then the rows before it are kept and the error tells its line', async (...given) => {
    const [, fault, reason] = given;
    const { events, write } = collector();
    await write('a,b\n1,2\n');

    const error = await write(`2,3\n${fault}`).then(
      () => undefined,
      (thrown: unknown) => thrown as DecodeError,
    );

    expect(error).toBeInstanceOf(DecodeError);
    expect(error).toMatchObject({ reason, line: 4 });
    expect(events).toEqual(['{"a":1,"b":2}', '{"a":2,"b":3}']);
  });

  test.each([
    ['a closing quote with text behind it', '2,"q"z', [2]],
    ['the same over two lines', '2,"q\nr"z', [2]],
    ['a quote that is not closed', '2,"q', [2]],
    ['a quote that is not closed, and a quoted cell after it', '2,"q\n3,"x, y"', [2]],
    ['too few cells', '2', [2]],
    ['too many cells', '2,3,4', [2]],
    ['bytes that are no UTF-8', '2,\xff', [2]],
    ['a row longer than an event', `2,${'x'.repeat(2000)}`, [2]],
    ['two of them', '2,"q"z\n2,"q"z', [2, 3]],
  ])('given %s, when it is left out, then it costs itself alone', async (...given) => {
    const [, rows, lines] = given;
    const { events, bad } = await skipping(`a,b\n${rows}\n5,"good, quoted"\n6,y\n`);

    expect(bad.map(([line]) => line)).toEqual(lines);
    expect(events.slice(-2)).toEqual(['{"a":5,"b":"good, quoted"}', '{"a":6,"b":"y"}']);
    expect(events.slice(0, -2)).toEqual(rows.includes('x, y') ? ['{"a":3,"b":"x, y"}'] : []);
  });

  test('reads the rows after a quote that is not closed', async () => {
    const rows = Array.from({ length: 500 }, (_, n) => `${n},ok`);
    const { events, bad } = await skipping(`a,b\nx,"never\n${rows.join('\n')}\n`);

    expect(bad).toEqual([[2, 'invalid_csv', 'x,"never']]);
    expect(events).toHaveLength(500);
  });
});

test('reads quotes within an unquoted cell and blanks around quotes as DuckDB does', async () => {
  const { events, bad } = await skipping('a,b\n1,5" disk\n2, "x, y" \n3,it"s\n');

  expect(bad).toEqual([]);
  expect(events).toEqual(['{"a":1,"b":"5\\" disk"}', '{"a":2,"b":"x, y"}', '{"a":3,"b":"it\\"s"}']);
});

test.each([
  ['a;b\n1;2,5\n', '{"a":1,"b":"2,5"}'],
  ['a\tb\n1\tx,y;z\n', '{"a":1,"b":"x,y;z"}'],
  ['a|b\n1|2\n', '{"a":1,"b":2}'],
  ['"a;x",b\n1,2\n', '{"a;x":1,"b":2}'],
  ['sep=;\r\na;b\r\n1;2\r\n', '{"a":1,"b":2}'],
  ['only\n1\n', '{"only":1}'],
])('given %j, then the header tells the delimiter', async (table, event) => {
  expect((await skipping(table)).events).toEqual([event]);
});

test('given a delimiter, then it is that, also one of several bytes', async () => {
  expect((await skipping('a;b,c\n1;2,3\n', { delimiter: ';' })).events).toEqual(['{"a":1,"b,c":"2,3"}']);
  expect((await skipping('a\xc2\xa7b\n1\xc2\xa72\n', { delimiter: '§' })).events).toEqual(['{"a":1,"b":2}']);
});

test('given a date of eight digits in a column of the time, then it is a text', async () => {
  const { events } = await skipping('time,n\n20251120,20251120\n20251320,1\n');
  expect(events).toEqual(['{"time":"20251120","n":20251120}', '{"time":20251320,"n":1}']);
});
