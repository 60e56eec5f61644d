import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BatchOutcome } from '../../../src/store/journal/appender.js';
import type { Batch } from '../../../src/store/journal/batch.js';
import { packBatch, packOutcome, unpackBatch, unpackOutcome } from '../../../src/store/journal/packed-batch.js';

const id = fc.nat();
const micros = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const texts = fc.constantFrom('', '/', 'http', '{"a":"b"}');
const numbered = fc.option(fc.record({ source: texts, first: micros }), { nil: undefined });

const batches: fc.Arbitrary<Batch> = fc.record({
  bytes: fc.uint8Array().map(bytes => Uint8Array.from(bytes)),
  meta: fc.array(micros).map(meta => Float64Array.from(meta)),
  opened: fc.array(
    fc.record({
      id,
      startedAt: micros,
      transport: texts,
      remote: fc.option(texts, { nil: undefined }),
      path: fc.option(texts, { nil: undefined }),
      headers: texts,
    }),
  ),
  closed: fc.array(fc.record({ id, endedAt: micros })),
  runs: fc.array(fc.record({ stream: id, receivedAt: micros, count: id, numbered })),
  marks: fc.array(fc.record({ source: texts, position: id, checkpoint: texts })),
});

const outcomes: fc.Arbitrary<BatchOutcome> = fc.array(
  fc.option(fc.record({ stored: id, duplicates: id, repeated: id, denied: id }), { nil: null }),
);

it('crosses threads as the batch that it was', () => {
  fc.assert(
    fc.property(batches, batch => {
      expect(unpackBatch(structuredClone(packBatch(batch)))).toEqual(batch);
    }),
  );
});

it('crosses threads as the outcome that it was', () => {
  fc.assert(
    fc.property(outcomes, outcome => {
      expect(unpackOutcome(structuredClone(packOutcome(outcome)))).toEqual(outcome);
    }),
  );
});

it('sends the texts that streams share once', () => {
  const stream = { transport: 'http', remote: '::1', path: '/', headers: '{}' };
  const batch: Batch = {
    bytes: new Uint8Array(0),
    meta: new Float64Array(0),
    opened: [1, 2, 3].map(at => ({ ...stream, id: at, startedAt: at })),
    closed: [],
    runs: [],
    marks: [],
  };
  expect(packBatch(batch).texts).toEqual([stream]);
});
