import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, type Decoded } from '../helpers/decode.js';
import { cutAt, cuts, damaged } from './damage.js';
import { FUZZ_RUNS, FUZZ_SEED } from './runs.js';
import { FUZZ_TARGETS } from './targets.js';

const settings = { seed: FUZZ_SEED, numRuns: FUZZ_RUNS };

/**
 * What must not depend on how the bytes arrive. Bytes that no text has may do for a reason by themselves, or by their
 * being where a value should be: that depends on whether the next ones are seen with them.
 */
const outcome = ({ events, error }: Decoded) => ({
  texts: events.map(({ text }) => text),
  ids: events.map(({ id }) => id),
  shapes: events.map(({ facts }) => facts.shape),
  reason: error?.reason === 'invalid_utf8' ? 'invalid_json' : error?.reason,
});

describe.each(FUZZ_TARGETS)('the decoder of $name', ({ make, sound }) => {
  test('given damaged bytes, then it takes or refuses them, and each event is whole JSON', async () => {
    await fc.assert(
      fc.asyncProperty(damaged(sound), async bytes => {
        const { events } = await decode(make, [bytes]);

        for (const { text, facts, id } of events) {
          expect(() => JSON.parse(text) as unknown).not.toThrow();
          expect(isUtf8(Buffer.from(text))).toBe(true);
          expect(facts.shape).toBeGreaterThanOrEqual(0);
          if (id !== undefined) expect(text).toContain('"event_id"');
        }
      }),
      settings,
    );
  });

  test('decodes damaged bytes in any chunks to the same events and refusal', async () => {
    await fc.assert(
      fc.asyncProperty(damaged(sound), cuts, async (bytes, shares) => {
        expect(outcome(await decode(make, cutAt(bytes, shares)))).toEqual(outcome(await decode(make, [bytes])));
      }),
      settings,
    );
  });
});
