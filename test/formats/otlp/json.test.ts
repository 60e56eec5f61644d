import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logsRequest } from '../../../bench/lib/otlp.mjs';
import { OtlpDecoder } from '../../../src/formats/otlp/decode.js';
import { decodeOtlp } from '../../helpers/otlp-decode.js';
import { propertyRuns } from '../../helpers/property-runs.js';

const logs = logsRequest(2, 1);
const compact = JSON.stringify(logs);

async function textsOf(json: string): Promise<string[]> {
  const request = await new OtlpDecoder(1024 * 1024).decode('logs', 'json', Buffer.from(json));
  const texts: string[] = [];
  await request.handOn(
    (bytes, start, end) => void texts.push(Buffer.from(bytes.subarray(start, end)).toString()),
    () => undefined,
  );
  request.release();
  return texts;
}

test('accepts spaces, escapes in keys and values, unknown keys and nulls', async () => {
  const { texts } = await decodeOtlp('logs', logs);
  const spaced = JSON.stringify(logs, undefined, '\t').replaceAll(':', ' : ').replaceAll('\n', '\r\n');
  // Colons in strings had spaces put around them as well: in none of the values but the route's.
  expect(await textsOf(`\n ${spaced} \n`)).toEqual(texts);
  expect(await textsOf(compact.replaceAll('"body"', '"b\\u006fdy"').replaceAll('GET', '\\u0047ET'))).toEqual(texts);
  expect(await textsOf(compact.replaceAll('"body"', '"x":[{"y":"}"}],"droppedAttributesCount":null,"body"'))).toEqual(
    texts,
  );
});

test('given one byte that is another, when the request is taken, then it is JSON', async () => {
  const bytes = Buffer.from('{}[]",:\\0123.eEtfn\n\u0001 -');
  await fc.assert(
    fc.asyncProperty(fc.nat(compact.length - 1), fc.constantFrom(...bytes), fc.boolean(), async (at, byte, isCut) => {
      const json = Buffer.from(compact);
      json[at] = byte;
      const text = (isCut ? json.subarray(0, at + 1) : json).toString();
      const isTaken = await textsOf(text).then(
        () => true,
        () => false,
      );
      if (isTaken) expect(() => JSON.parse(text) as unknown).not.toThrow();
    }),
    { numRuns: propertyRuns(300) },
  );
});

test.each([
  '{"resourceLogs":[]}x',
  '{"resourceLogs":[],}',
  '{"resourceLogs":[,]}',
  '{"resourceLogs":[{}]',
  '{"resourceLogs":nul}',
  '{"resourceLogs" []}',
  '',
  '[]',
  '{"x":01}',
])('given %s, then it is refused', async json => {
  await expect(textsOf(json)).rejects.toThrow();
});

test.each(['01', '1.', '+1', '1e', '0x1', '--1', '1_0'])('given the number %s, then it is refused', async number => {
  const json = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"doubleValue":${number}}}]}]}]}`;
  await expect(textsOf(json)).rejects.toThrow();
  await expect(textsOf(json.replace('doubleValue', 'intValue'))).rejects.toThrow();
});

test.each([
  ['"9223372036854775807"', '9223372036854775807'],
  ['"-9223372036854775808"', '-9223372036854775808'],
  ['9007199254740993', '9007199254740993'],
  ['"0012"', '12'],
  ['1e3', '1000'],
  ['0', '0'],
])('given the integer %s, then it keeps its digits', async (sent, stored) => {
  const json = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"intValue":${sent}}}]}]}]}`;
  expect(await textsOf(json)).toEqual([`{"type":"log","body":${stored}}`]);
});

test('writes strings around the lengths at which their length takes another byte', async () => {
  const bodies = [0, 1, 123, 124, 125, 126, 127, 128, 129, 16_383, 16_384, 40_000].map(length => 'x'.repeat(length));
  const { events } = await decodeOtlp('logs', {
    resourceLogs: [{ scopeLogs: [{ logRecords: bodies.map(stringValue => ({ body: { stringValue } })) }] }],
  });
  expect(events.map(({ body }) => body)).toEqual(bodies);
});
