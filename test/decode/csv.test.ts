import { expect, test } from 'vitest';
import { csvRows } from '../../src/decode/csv.js';
import { DecodeError } from '../../src/decode/decoder.js';

function collector() {
  const events: string[] = [];
  const decoder = csvRows((bytes, start, end) => void events.push(Buffer.from(bytes.subarray(start, end)).toString()), {
    maxEventBytes: 1000,
  });
  return {
    events,
    write: async (text: string) => decoder.write(Buffer.from(text, 'latin1')),
    end: async () => decoder.end(),
  };
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
  const table = 'a,b\r\n1,"x ""y""\r\nz"\n\n"",\r\n"2",3\n';
  for (let at = 0; at <= table.length; at++) {
    const { events, write, end } = collector();
    await write(table.slice(0, at));
    await write(table.slice(at));
    await end();

    expect(events, `split at ${at}`).toEqual([
      '{"a":1,"b":"x \\"y\\"\\r\\nz"}',
      '{"a":"","b":null}',
      '{"a":"2","b":3}',
    ]);
  }
});

test.each([
  ['a row that is too long', '3,4,5\n', 'invalid_csv'],
  ['bytes that are no UTF-8', '\xff\n', 'invalid_utf8'],
])('given %s after others, then the rows before it stand and the error tells its line', async (...given) => {
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
