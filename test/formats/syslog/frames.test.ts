import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameCutter } from '../../../src/formats/syslog/frames.js';

function cut(stream: string, chunk: number, maxBytes = 100) {
  const messages: string[] = [];
  let tooLarge = 0;
  const cutter = new FrameCutter({
    maxBytes,
    message: bytes => void messages.push(Buffer.from(bytes).toString()),
    tooLarge: () => {
      tooLarge++;
    },
  });
  const bytes = Buffer.from(stream);
  for (let at = 0; at < bytes.length; at += chunk) cutter.write(bytes.subarray(at, at + chunk));
  cutter.end();
  return { messages, tooLarge };
}

test('given messages in both framings, however they are divided, then each is whole', () => {
  const frame = fc.record({ text: fc.stringMatching(/^<[ -~é]{0,40}[!-~]$/), isCounted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(frame), fc.integer({ min: 1, max: 50 }), (frames, chunk) => {
      const stream = frames.map(({ text, isCounted }) =>
        isCounted ? `${Buffer.byteLength(text)} ${text}` : `${text}\n`,
      );
      expect(cut(stream.join(''), chunk)).toEqual({ messages: frames.map(({ text }) => text), tooLarge: 0 });
    }),
  );
});

test.each([1, 7, 1000])('given messages that are too large, in chunks of %d, then only they are left out', chunk => {
  const large = 'x'.repeat(150);

  expect(cut(`<1>a\n<${large}\n150 ${large}4 <1>b<1>c\r\n\0<1>d`, chunk)).toEqual({
    messages: ['<1>a', '<1>b', '<1>c', '<1>d'],
    tooLarge: 2,
  });
});

test('given a stream that ends within a counted message, then what came of it is kept', () => {
  expect(cut('10 <1>a', 3).messages).toEqual(['<1>a']);
});
