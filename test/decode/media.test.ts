import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../src/decode/decoder.js';
import { decoderFor } from '../../src/decode/media.js';

/** Decodes the chunks as the given Content-Type; an error is kept beside the events before it. */
async function decode(contentType: string | undefined, chunks: (string | Uint8Array)[], maxEventBytes = 1000) {
  const events: string[] = [];
  try {
    const decoder = decoderFor(
      contentType,
      (bytes, start, end) => void events.push(Buffer.from(bytes.subarray(start, end)).toString()),
      { maxEventBytes },
    );
    for (const chunk of chunks) await decoder.write(Buffer.from(chunk));
    await decoder.end();
    return { events };
  } catch (error) {
    if (error instanceof DecodeError) return { events, error: { reason: error.reason, line: error.line } };
    throw error;
  }
}

const bytewise = (text: string) => [...Buffer.from(text)].map(byte => Uint8Array.of(byte));

describe('text/plain', () => {
  it('given lines with either line ending and none at the end, when decoded in any chunks, then each line is a JSON string', async () => {
    const text = 'one\r\ntwo "quoted" é\n\nlast';
    const expected = { events: ['"one"', '"two \\"quoted\\" é"', '""', '"last"'] };
    expect(await decode('text/plain', [text])).toEqual(expected);
    expect(await decode('Text/Plain; charset=UTF-8', bytewise(text))).toEqual(expected);
  });

  it('given a line over the limit or bytes that are no UTF-8, when decoded, then the lines before are kept', async () => {
    expect(await decode('text/plain', ['a\n', 'x'.repeat(11)], 10)).toEqual({
      events: ['"a"'],
      error: { reason: 'event_too_large', line: 2 },
    });
    expect(await decode('text/plain', ['a\n', Uint8Array.of(0xff, 0x0a)])).toEqual({
      events: ['"a"'],
      error: { reason: 'invalid_utf8', line: 2 },
    });
  });
});

describe('text/csv', () => {
  it('given a header and rows, when decoded in any chunks, then each row is an object whose bare numbers and booleans are typed', async () => {
    const text =
      '\ufefflevel,"time elapsed",zip,ok,note\nERROR,1200,00123,true,"a ""b"",\nc"\nINFO,-1.5e3,"7",false,\n';
    const expected = {
      events: [
        '{"level":"ERROR","time elapsed":1200,"zip":"00123","ok":true,"note":"a \\"b\\",\\nc"}',
        '{"level":"INFO","time elapsed":-1.5e3,"zip":"7","ok":false,"note":null}',
      ],
    };
    expect(await decode('text/csv', [text])).toEqual(expected);
    expect(await decode('text/csv', bytewise(text))).toEqual(expected);
  });

  it('given a thousand rows in one chunk, when decoded, then all are events', async () => {
    const rows = Array.from({ length: 1000 }, (_, i) => `${i}\n`).join('');
    expect((await decode('text/csv', [`n\n${rows}`])).events).toHaveLength(1000);
  });

  it('given a row with too few cells or an open quote, when decoded, then the rows before are kept and the line is told', async () => {
    expect(await decode('text/csv', ['a,b\n1,2\n3\n4,5\n'])).toEqual({
      events: ['{"a":1,"b":2}'],
      error: { reason: 'invalid_csv', line: 3 },
    });
    expect(await decode('text/csv', ['a,b\n1,2\n3,"x'])).toMatchObject({
      events: ['{"a":1,"b":2}'],
      error: { reason: 'invalid_csv' },
    });
    expect(await decode('text/csv', ['a\n1\n', 'x'.repeat(2000)], 100)).toMatchObject({
      events: ['{"a":1}'],
      error: { reason: 'event_too_large' },
    });
  });

  it('given nothing or a header alone, when decoded, then there is no event', async () => {
    expect(await decode('text/csv', [])).toEqual({ events: [] });
    expect(await decode('text/csv', ['a,b\n'])).toEqual({ events: [] });
  });
});

describe('other types', () => {
  it('given an array, when sent as application/json, then its elements are events; as any other type, then it is one', async () => {
    expect(await decode('application/json', ['[{"a":1},2]'])).toEqual({ events: ['{"a":1}', '2'] });
    for (const type of [undefined, 'application/x-ndjson', 'application/x-www-form-urlencoded', 'image/png']) {
      expect(await decode(type, ['[{"a":1},2]'])).toEqual({ events: ['[{"a":1},2]'] });
    }
  });

  it('given a charset that is not UTF-8, when decoded, then it is refused', async () => {
    expect(await decode('text/plain; charset=iso-8859-1', ['a'])).toMatchObject({
      error: { reason: 'unsupported_media' },
    });
  });
});
