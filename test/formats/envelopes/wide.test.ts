import { expect, test } from 'vitest';
import type { EventSink } from '../../../src/core/event.js';
import { DecodeError } from '../../../src/formats/decoder.js';
import { wideEvents, type ItemResult } from '../../../src/formats/envelopes/wide.js';
import { decodeText } from '../../helpers/decode.js';

async function decodeWide(body: string, refuse: (text: string) => boolean = () => false) {
  const results: ItemResult[] = [];
  const decoded = await decodeText(
    sink =>
      wideEvents(refusing(sink, refuse), {
        maxEventBytes: 100,
        maxRequestBytes: 10_000,
        onItem: result => results.push(result),
      }),
    body,
  );
  return { ...decoded, results };
}

function refusing(sink: EventSink, refuse: (text: string) => boolean): EventSink {
  return (bytes, start, end, facts) => {
    if (refuse(Buffer.from(bytes.subarray(start, end)).toString()))
      throw new DecodeError('invalid_event', 'not this one');
    sink(bytes, start, end, facts);
  };
}

test.each([
  ['{"a":1.0}', ['{"a":1.0}']],
  ['[{"a":1},{"b":2}]', ['{"a":1}', '{"b":2}']],
  ['[]', []],
])('given %s, then each object is an event with a result', async (body, texts) => {
  const { results, ...decoded } = await decodeWide(body);

  expect(decoded).toMatchObject({ texts, error: undefined });
  expect(results).toEqual(texts.map((_, index) => ({ index, ok: true })));
});

test('given items that are refused, then the others are taken, and each has its result', async () => {
  const large = JSON.stringify({ z: 'x'.repeat(100) });

  const { texts, results } = await decodeWide(`[{"a":1},5,${large},{"bad":1},{"b":2}]`, text => text.includes('bad'));

  expect(texts).toEqual(['{"a":1}', '{"b":2}']);
  expect(results).toEqual([
    { index: 0, ok: true },
    { index: 1, ok: false, error: 'event 1 is not an object' },
    { index: 2, ok: false, error: 'an event is larger than 100 bytes' },
    { index: 3, ok: false, error: 'not this one' },
    { index: 4, ok: true },
  ]);
});

test('given a body that is no JSON, then it is refused as a whole', async () => {
  expect((await decodeWide('[{"a":1},')).error).toMatchObject({ reason: 'truncated_json' });
});
