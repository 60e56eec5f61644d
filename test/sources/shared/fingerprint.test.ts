import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FingerprintBuilder, SAMPLE_BYTES, textFits } from '../../../src/sources/shared/fingerprint.js';

/** The text in pieces, and how many of them were asked for. */
function pieces(text: Buffer, size: number) {
  const asked = { count: 0 };
  async function* all(): AsyncGenerator<Buffer> {
    for (let at = 0; at < text.length; at += size) {
      asked.count++;
      yield await Promise.resolve(text.subarray(at, at + size));
    }
  }
  return { asked, text: all() };
}

function evidenceOf(text: Buffer) {
  const builder = new FingerprintBuilder();
  builder.add(text);
  return builder.fingerprint();
}

test('matches any text with its beginnings, and as a whole only with itself', async () => {
  const length = fc.integer({ min: 1, max: 3 * SAMPLE_BYTES });
  await fc.assert(
    fc.asyncProperty(length, length, fc.integer({ min: 500, max: 9000 }), async (read, more, size) => {
      const text = Buffer.from(Array.from({ length: read + more }, (_, i) => i % 251));
      const begun = evidenceOf(text.subarray(0, read));
      const other = Buffer.from(text).fill(255, read - 1, read);
      expect(await textFits(pieces(text, size).text, begun)).toBe(true);
      expect(await textFits(pieces(text, size).text, begun, true)).toBe(false);
      expect(await textFits(pieces(text.subarray(0, read), size).text, begun, true)).toBe(true);
      expect(await textFits(pieces(text.subarray(0, read - 1), size).text, begun)).toBe(false);
      expect(await textFits(pieces(other, size).text, begun)).toBe(false);
    }),
  );
});

test('given a long text that begins otherwise, then it is not read to its end', async () => {
  const text = Buffer.alloc(100 * SAMPLE_BYTES, 'a');
  const { asked, text: other } = pieces(Buffer.alloc(text.length, 'b'), SAMPLE_BYTES);

  expect(await textFits(other, evidenceOf(text))).toBe(false);
  expect(asked.count).toBe(1);
});
