import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/formats/decoder.js';
import { textLines } from '../../../src/formats/text/lines.js';

const LIMIT = 10;

function decode(text: string, chunkBytes = text.length): unknown[] {
  const events: unknown[] = [];
  const decoder = textLines(
    (bytes, start, end) => events.push(JSON.parse(Buffer.from(bytes.slice(start, end)).toString())),
    {
      maxEventBytes: LIMIT,
    },
  );
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) void decoder.write(bytes.subarray(at, at + chunkBytes));
  void decoder.end();
  return events;
}

describe('lines of text', () => {
  it.each([1, 2, 11, 100])('does not count line endings of lines at the limit in chunks of %i bytes', size => {
    const line = 'x'.repeat(LIMIT);
    expect(decode(`${line}\n${line}\r\n${line}`, size)).toEqual([line, line, line]);
  });

  it.each(['\n', '\r\n', ''])('refuses a line one byte over the limit that ends with %j', ending => {
    for (const size of [1, 100]) {
      const text = `ok\n${'x'.repeat(LIMIT + 1)}${ending}`;
      expect(() => decode(text, size)).toThrow(DecodeError);
      expect(() => decode(text, size)).toThrow(/larger than 10 bytes/);
    }
  });
});
