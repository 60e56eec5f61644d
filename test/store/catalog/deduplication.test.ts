import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deduplicationWindow, hashId } from '../../../src/store/catalog/deduplication.js';

const hash = (id: string) => hashId(Buffer.from(id), 0, Buffer.byteLength(id));

describe('the de-duplication window', () => {
  it('given any ids, when added, then exactly these are known', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 })),
        fc.uniqueArray(fc.string({ minLength: 1 })),
        (added, others) => {
          const window = deduplicationWindow(1000);
          added.forEach((id, i) => window.add(hash(id), i));
          for (const id of added) expect(window.has(hash(id))).toBe(true);
          for (const id of others) expect(window.has(hash(id))).toBe(added.includes(id));
        },
      ),
    );
  });

  it('hashes a hundred thousand ids that differ in a digit to different values', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 100_000; i++) {
      const { high, low } = hash(`event-${i}`);
      seen.add(`${high}:${low}`);
    }
    expect(seen.size).toBe(100_000);
  });

  it('knows the last window of ids after the journal has lost the oldest events', () => {
    const window = deduplicationWindow(100);
    for (let i = 1; i <= 350; i++) window.add(hash(`id-${i}`), i);
    window.forget(0);
    expect(window.has(hash('id-1'))).toBe(true);
    window.forget(1000);
    expect(window.has(hash('id-1'))).toBe(false);
    for (let i = 251; i <= 350; i++) expect(window.has(hash(`id-${i}`))).toBe(true);
  });
});
