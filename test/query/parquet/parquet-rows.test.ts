import { readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openParquet } from '../../../src/query/parquet/rows.js';
import { readFooter } from '../../../src/query/parquet/footer.js';
import { readStruct, writeStruct } from '../../../src/query/parquet/thrift.js';

/** Files of pyarrow and DuckDB: see make.py there. */
const fixtures = fileURLToPath(new URL('../../fixtures/parquet/', import.meta.url));

async function rowsOf(name: string, from = 0): Promise<string[]> {
  const parquet = await openParquet(join(fixtures, name));
  try {
    const lines: string[] = [];
    for await (const rows of parquet.read(from)) lines.push(...rows.toString().trimEnd().split('\n'));
    return lines;
  } finally {
    await parquet.close();
  }
}

const temporary = () => readdirSync(tmpdir()).filter(name => name.startsWith('telemetry-parquet-'));

describe('the rows of a Parquet file', () => {
  test('keeps nine digits of zoned nanoseconds, also in lists, structs and maps', async () => {
    const before = temporary();
    const rows = [
      '{"t":"2026-11-20T08:00:06.123456789Z","list":["2026-11-20T08:00:06.123456789Z",null],"struct":{"a":"2026-11-20T08:00:06.123456789Z","b":"x"},"map":{"k":"2026-11-20T08:00:06.123456789Z"},"clock":"00:00:00.000000001","n":1}',
      '{"t":"1969-12-31T23:59:59.999999999Z","list":[],"struct":{"a":null,"b":null},"map":{},"clock":"23:59:59.999999999","n":2}',
      '{"t":"1970-01-01T00:00:00Z","list":null,"struct":null,"map":null,"clock":null,"n":3}',
      '{"t":null,"list":["1969-12-31T23:59:59.999999999Z"],"struct":null,"map":null,"clock":null,"n":4}',
    ];
    expect(await rowsOf('times.parquet')).toEqual(rows);
    for (const from of [1, 3, 4]) expect(await rowsOf('times.parquet', from), `from ${from}`).toEqual(rows.slice(from));
    expect(temporary()).toEqual(before);
  });

  test('keeps nine digits of timestamps as Spark wrote them (INT96)', async () => {
    expect((await rowsOf('int96.parquet')).map(row => (JSON.parse(row) as { t: string | null }).t)).toEqual([
      '2026-11-20T08:00:06.123456789',
      '1969-12-31T23:59:59.999999999',
      '1970-01-01T00:00:00',
      null,
    ]);
  });

  test('keeps all digits of decimals of more than 38', async () => {
    const big = '12345678901234567890123456789012345678901.123';
    expect(await rowsOf('decimals.parquet')).toEqual([
      `{"x":${big},"list":[${big}],"small":1.50}`,
      '{"x":-0.001,"list":null,"small":null}',
      '{"x":null,"list":[],"small":null}',
    ]);
  });

  test('keeps names that differ only in case, also within a struct', async () => {
    expect(await rowsOf('names.parquet')).toEqual(['{"x":1,"X":2,"s":{"a":1,"A":2}}']);
  });

  test('prints bytes as base64, and a key for numbers that are not finite', async () => {
    expect(await rowsOf('values.parquet')).toEqual([
      '{"b":"/wA=","x":null,"list":[null,1.0],"u64":18446744073709551615,"x_text":"NaN"}',
      '{"b":"YWJj","x":null,"list":[null],"u64":0,"x_text":"+Inf"}',
      '{"b":null,"x":-0.0,"list":null,"u64":null}',
    ]);
  });

  test('prints a VARIANT as JSON', async () => {
    expect(await rowsOf('variant.parquet')).toEqual([
      '{"id":1,"v":{"a":1,"b":[1.5,2.5],"t":"2026-01-01T00:00:00Z"}}',
      '{"id":2,"v":"str"}',
      '{"id":3,"v":null}',
    ]);
  });

  test('prints text that is not UTF-8 as base64, and reads the other rows', async () => {
    expect(await rowsOf('not-utf8.parquet')).toEqual(['{"s":"/wA=","n":1}', '{"s":"ok","n":2}', '{"s":"é","n":3}']);
  });

  test('says what to do about an encoding that DuckDB does not read', async () => {
    await expect(rowsOf('byte-stream-split.parquet')).rejects.toMatchObject({
      message: expect.stringMatching(/after row 0: .*BYTE_STREAM_SPLIT encoding is only supported/) as string,
      remedy: expect.stringContaining('Write the file again without that encoding') as string,
    });
  });

  test('says why it does not read another file', async () => {
    await expect(rowsOf('make.py')).rejects.toThrow(/cannot read .*make\.py as Parquet: .*/);
  });
});

describe('the footer of a Parquet file', () => {
  test.each(readdirSync(fixtures).filter(name => name.endsWith('.parquet')))(
    'reads and writes %s byte for byte',
    name => {
      const bytes = readFileSync(join(fixtures, name));
      const end = bytes.length - 8;
      const footer = bytes.subarray(end - bytes.readUInt32LE(end), end);
      const file = readStruct(footer);
      expect(writeStruct(file).equals(footer)).toBe(true);
    },
  );

  test('finds no footer in one that is cut off', async () => {
    const file = await open(join(fixtures, 'make.py'));
    expect(await readFooter(file)).toBeUndefined();
    await file.close();
    const bytes = readFileSync(join(fixtures, 'times.parquet'));
    const footer = bytes.subarray(bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8), -8);
    for (let length = 0; length < footer.length; length += 7) {
      expect(() => readStruct(footer.subarray(0, length))).toThrow();
    }
  });
});
