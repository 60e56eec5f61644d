import fc from 'fast-check';
import { expect, test } from 'vitest';
import { httpDetector } from '../../../src/formats/syslog/http-request.js';

/** What a detector says of bytes that come in pieces of a size. */
function opening(text: string, size = text.length) {
  const detect = httpDetector();
  let last: ReturnType<typeof detect> | undefined;
  for (let at = 0; at < text.length; at += size) {
    last = detect(Buffer.from(text.slice(at, at + size)));
    if (last.kind !== 'undecided') return { ...last, taken: at + size };
  }
  return { ...last!, taken: text.length };
}

test.each([
  'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'POST /<14>1 HTTP/1.1\r\n\r\n<14>forged\n',
  'OPTIONS * HTTP/1.0\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
])('is told by its request line, whole or in pieces: %j', text => {
  expect(opening(text).kind).toBe('http');
  expect(opening(text, 1).kind).toBe('http');
  expect(opening(text, 3).kind).toBe('http');
});

test.each(['<14>GET / HTTP/1.1\n', '12 <14>x', 'GET\n', 'GET / HTTP/1.1 done\n', 'ERROR it failed\n', 'x'])(
  'is not what syslog sends: %j',
  text => {
    expect(opening(text).kind).toBe('other');
  },
);

test('hands on all bytes of what is not HTTP, in any pieces', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 9 }), (text, size) => {
      const found = opening(text, size);
      if (found.kind === 'http') return;
      expect(Buffer.from(found.bytes).toString()).toBe(Buffer.from(text.slice(0, found.taken)).toString());
    }),
  );
});

test('does not hold a line without an end', () => {
  expect(opening(`GET /${'x'.repeat(20_000)}`, 1000).kind).toBe('other');
});
