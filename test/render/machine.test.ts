import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TelemetryError } from '../../src/core/errors.js';
import type { Row } from '../../src/core/result.js';
import { render } from '../../src/render/formats.js';
import { column, printed, resultOf } from './result.js';

const cell = fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.constant('NULL')));

describe('given any cells', () => {
  it('when they are printed as ndjson, then every line parses back to them', async () => {
    const row = fc.record({
      text: cell,
      number: fc.option(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())),
      boolean: fc.option(fc.boolean()),
      json: fc.option(fc.jsonValue()),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row), fc.integer({ min: 0, max: 2 }), async (rows, indent) => {
        const columns = [column('t', 'text'), column('n', 'number'), column('b', 'boolean'), column('j', 'json')];
        const cells: Row[] = rows.map(({ text, number, boolean, json }) => [
          text,
          number === null ? null : String(number),
          boolean === null ? null : String(boolean),
          json === null ? null : JSON.stringify(json, null, indent),
        ]);
        const { text } = await printed('ndjson', resultOf(columns, cells));
        const lines = text.split('\n');
        expect(lines.pop()).toBe('');
        expect(lines.map(line => JSON.parse(line) as unknown)).toEqual(
          rows.map(({ text, number, boolean, json }) => ({
            t: text,
            n: number === null ? null : Number(String(number)),
            b: boolean,
            j: json === null ? null : (JSON.parse(JSON.stringify(json)) as unknown),
          })),
        );
        const array = await printed('json', resultOf(columns, cells.slice(0, 1), cells.slice(1)));
        expect(JSON.parse(array.text)).toEqual(lines.map(line => JSON.parse(line) as unknown));
      }),
    );
  });

  it('prints csv that csv-parse reads back, with NULL distinct from empty', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1 }), async rows => {
        const { text } = await printed('csv', resultOf([column('a', 'text'), column('b', 'text')], rows));
        const back = parse(text, {
          cast: (value, { quoting }) => (value === '' && !quoting ? null : value),
          record_delimiter: '\n',
        }) as unknown[][];
        expect(back).toEqual([['a', 'b'], ...rows]);
      }),
    );
  });

  it('when they are printed as tsv, then undoing the escapes gives them back', async () => {
    const undo = { t: '\t', n: '\n', r: '\r', '\\': '\\' } as Record<string, string>;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell)), async rows => {
        const { text } = await printed('tsv', resultOf([column('a', 'text'), column('b', 'text')], rows), {
          header: false,
        });
        const back = text
          .split('\n')
          .slice(0, -1)
          .map(line => line.split('\t'))
          .map(fields =>
            fields.map(field => (field === '\\N' ? null : field.replace(/\\(.)/g, (_, c: string) => undo[c]!))),
          );
        expect(back).toEqual(rows);
      }),
    );
  });
});

describe('given columns with awkward names', () => {
  it('keeps columns with equal names apart in every machine format', async () => {
    const columns = [column('a', 'number'), column('a', 'number'), column('a_1', 'number'), column('a', 'number')];
    const row: Row = ['1', '2', '3', '4'];
    expect((await printed('ndjson', resultOf(columns, [row]))).text).toBe('{"a":1,"a_1":2,"a_1_1":3,"a_2":4}\n');
    expect((await printed('csv', resultOf(columns, [row]))).text).toBe('a,a_1,a_1_1,a_2\n1,2,3,4\n');
    expect((await printed('tsv', resultOf(columns, [row]))).text).toBe('a\ta_1\ta_1_1\ta_2\n1\t2\t3\t4\n');
  });

  it('when a name is __proto__ or needs escapes, then it is an ordinary key', async () => {
    const columns = [column('__proto__', 'text'), column('a "b"\n', 'text'), column('', 'text')];
    const { text } = await printed('ndjson', resultOf(columns, [['x', 'y', 'z']]));
    expect(Object.entries(JSON.parse(text) as object)).toEqual([
      ['__proto__', 'x'],
      ['a "b"\n', 'y'],
      ['', 'z'],
    ]);
    expect((await printed('csv', resultOf(columns, []))).text).toBe('__proto__,"a ""b""\n",""\n');
    expect((await printed('tsv', resultOf(columns, []))).text).toBe('__proto__\ta "b"\\n\t\n');
  });
});

describe('given a result without rows', () => {
  it.each([
    ['json', '[]\n'],
    ['ndjson', ''],
    ['csv', 'a\n'],
    ['tsv', 'a\n'],
    ['markdown', '| a |\n| --- |\n'],
    ['line', ''],
  ] as const)('when it is printed as %s, then it is well-formed', async (format, text) => {
    expect(await printed(format, resultOf([column('a', 'text')]))).toMatchObject({ text, rows: 0 });
    expect(await printed(format, resultOf([column('a', 'text')], []))).toMatchObject({ text, rows: 0 });
  });
});

describe('given no header is wanted', () => {
  it.each([
    ['csv', '1\n'],
    ['tsv', '1\n'],
    ['markdown', '| 1 |\n'],
    ['table', '┌───┐\n│ 1 │\n└───┘\n(1 row)\n'],
  ] as const)('when rows are printed as %s, then there is none', async (format, text) => {
    expect((await printed(format, resultOf([column('a', 'number')], [['1']]), { header: false })).text).toBe(text);
  });
});

describe('given a result of several batches', () => {
  const batch: Row[] = Array.from({ length: 1000 }, (_, i) => [String(i)]);

  it('when it is printed, then there is one write a batch and the rows are counted', async () => {
    const result = resultOf([column('a', 'number')], batch, batch, batch);
    expect(await printed('ndjson', result)).toMatchObject({ rows: 3000, writes: 3 });
  });

  it('writes a batch that is too large for memory in pieces', async () => {
    const large: Row[] = Array.from({ length: 5 }, () => ['x'.repeat(600_000)]);
    const { text, writes } = await printed('csv', resultOf([column('a', 'text')], large), { header: false });
    expect(text).toHaveLength(5 * 600_001);
    expect(writes).toBe(3);
  });

  it('when the reader is slow, then no batch is read before the last was taken', async () => {
    const order: string[] = [];
    const result = {
      columns: [column('a', 'number')],
      batches: (async function* () {
        for (const name of ['1', '2']) {
          order.push(`read ${name}`);
          yield await Promise.resolve([[name]]);
        }
      })(),
    };
    const write = async (text: string) => {
      await new Promise(resolve => setImmediate(resolve));
      order.push(`wrote ${text.trim()}`);
    };
    await render('tsv', result, write, { color: false, header: false });
    expect(order).toEqual(['read 1', 'wrote 1', 'read 2', 'wrote 2']);
  });

  it("ends with the signal's reason between batches and closes the query", async () => {
    const stop = new AbortController();
    const timeout = new TelemetryError('failure', 'the query ran longer than 5s');
    let isClosed = false;
    const result = {
      columns: [column('a', 'number')],
      batches: (async function* () {
        try {
          for (;;) yield await Promise.resolve([['1']]);
        } finally {
          isClosed = true;
        }
      })(),
    };
    const printing = render('csv', result, () => stop.abort(timeout), { color: false, signal: stop.signal });
    await expect(printing).rejects.toBe(timeout);
    expect(isClosed).toBe(true);
  });

  it('when the signal has no reason of ours, then the error says interrupted', async () => {
    const printing = render('json', resultOf([column('a', 'number')]), () => undefined, {
      color: false,
      signal: AbortSignal.abort(),
    });
    await expect(printing).rejects.toMatchObject({ kind: 'interrupted' });
  });

  it('when writing fails, then the query is closed and the failure comes out', async () => {
    const broken = new Error('EPIPE');
    const write = () => Promise.reject(broken);
    await expect(render('ndjson', resultOf([column('a', 'number')], batch), write, { color: false })).rejects.toBe(
      broken,
    );
  });
});
