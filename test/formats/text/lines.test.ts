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
  it.each([1, 2, 11, 100])(
    'given lines of exactly the limit in chunks of %i bytes, when decoded, then their endings do not count',
    size => {
      const line = 'x'.repeat(LIMIT);
      expect(decode(`${line}\n${line}\r\n${line}`, size)).toEqual([line, line, line]);
    },
  );

  it.each(['\n', '\r\n', ''])(
    'given a line a byte over the limit that ends with %j, when decoded, then it is refused',
    ending => {
      for (const size of [1, 100]) {
        const text = `ok\n${'x'.repeat(LIMIT + 1)}${ending}`;
        expect(() => decode(text, size)).toThrow(DecodeError);
        expect(() => decode(text, size)).toThrow(/larger than 10 bytes/);
      }
    },
  );
});
