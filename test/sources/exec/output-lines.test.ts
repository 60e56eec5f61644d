import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutputLines } from '../../../src/sources/exec/output-lines.js';

interface Piece {
  readonly text: Buffer;
  readonly isEnd: boolean;
}

function cut(chunks: readonly Buffer[], longest: number): Piece[] {
  const pieces: Piece[] = [];
  const lines = new OutputLines((line, isEnd) => pieces.push({ text: Buffer.from(line), isEnd }), longest);
  for (const chunk of chunks) lines.write(chunk);
  lines.end();
  return pieces;
}

test('cuts any bytes into pieces within the limit that add up to them', () => {
  const byte = fc.oneof(fc.constant(0x0a), fc.nat(255));
  fc.assert(
    fc.property(fc.array(fc.array(byte, { maxLength: 20 })), fc.integer({ min: 4, max: 12 }), (chunks, longest) => {
      const sent = Buffer.from(chunks.flat());
      const pieces = cut(
        chunks.map(chunk => Buffer.from(chunk)),
        longest,
      );
      const back = Buffer.concat(pieces.flatMap(({ text, isEnd }) => [text, Buffer.from(isEnd ? '\n' : '')]));

      expect(back).toEqual(sent.length === 0 || sent.at(-1) === 0x0a ? sent : Buffer.concat([sent, Buffer.from('\n')]));
      expect(pieces.every(({ text }) => text.length <= longest)).toBe(true);
    }),
  );
});

test('given a line that is too long, then it is cut between characters', () => {
  const pieces = cut([Buffer.from('äöüäöü'), Buffer.from('€€\nx')], 5);

  expect(pieces.map(({ text, isEnd }) => [text.toString(), isEnd])).toEqual([
    ['äö', false],
    ['üä', false],
    ['öü', false],
    ['€', false],
    ['€', true],
    ['x', true],
  ]);
});
