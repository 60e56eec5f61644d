import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/formats/decoder.js';
import { decoderFor } from '../../../src/formats/media/decoder-for.js';

/** Decodes the chunks as the given Content-Type; an error is kept beside the events before it. */
async function decode(
  contentType: string | undefined,
  chunks: (string | Uint8Array)[],
  maxEventBytes = 1000,
  format?: string,
) {
  const events: string[] = [];
  try {
    const decoder = decoderFor(
      contentType,
      (bytes, start, end) => void events.push(Buffer.from(bytes.subarray(start, end)).toString()),
      { maxEventBytes },
      format,
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
  it('decodes lines with either line ending, in any chunks, as JSON strings', async () => {
    const text = 'one\r\ntwo "quoted" é\n\nlast';
    const expected = { events: ['"one"', '"two \\"quoted\\" é"', '""', '"last"'] };
    expect(await decode('text/plain', [text])).toEqual(expected);
    expect(await decode('Text/Plain; charset=UTF-8', bytewise(text))).toEqual(expected);
  });

  it('keeps the lines before one over the limit or one that is not UTF-8', async () => {
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

describe('text/plain that is JSON', () => {
  const cases: [string, string, string[]][] = [
    ['an object', '{"a":1}', ['{"a":1}']],
    ['objects on lines', '{"a":1}\r\n\n {"b":"x\\"}"} \n', ['{"a":1}', '{"b":"x\\"}"}']],
    ['objects on one line', '{"a":1} {"b":2}', ['{"a":1}', '{"b":2}']],
    ['an array of events', '[{"a":1},\n{"b":[2]}]\n', ['{"a":1}', '{"b":[2]}']],
    ['a printed object', '\n{\n  "a": "]",\n\n  "b": {}\n}\n{"c":3}', ['{\n  "a": "]",\n\n  "b": {}\n}', '{"c":3}']],
    ['an object behind a line of text', 'starting\n{"a":1}\ndone', ['"starting"', '{"a":1}', '"done"']],
    ['an object before text', '{"a":1}\n\ndone', ['{"a":1}', '""', '"done"']],
    ['an object and more in its line', '{"a":1} done\n{"b":2}', ['"{\\"a\\":1} done"', '{"b":2}']],
    ['lines that begin like an array', '[main] start\n[1, 2\n[3]', ['"[main] start"', '"[1, 2"', '3']],
    ['an object that does not end', '{"a":\n{"b":2}\n', ['"{\\"a\\":"', '{"b":2}']],
    ['what is JSON, but neither object nor array', '42\n"x"\nnull', ['"42"', '"\\"x\\""', '"null"']],
    ['nothing but empty lines', '\n\n', ['""', '""']],
  ];

  it.each(cases)('reads %s, in any chunks', async (_, text, events) => {
    expect(await decode('text/plain', [text])).toEqual({ events });
    expect(await decode('text/plain', bytewise(text))).toEqual({ events });
  });

  it('reads JSON of any size while it comes, and refuses an event over the limit', async () => {
    const rows = Array.from({ length: 100 }, (_, n) => `{"n":${n}}`);
    for (const separator of [',', ',\n']) {
      expect(await decode('text/plain', [`[${rows.join(separator)}]`], 50)).toEqual({ events: rows });
      expect(await decode('text/plain', bytewise(`[${rows.join(separator)}]`), 50)).toEqual({ events: rows });
    }
    const large = `{"a":\n"${'x'.repeat(60)}"}`;
    expect(await decode('text/plain', [large], 50)).toMatchObject({ error: { reason: 'event_too_large' } });
  });

  it('gives the same events in any chunks', async () => {
    const line = fc.oneof(fc.json(), fc.string(), fc.constantFrom('{', '}', '[', ']', '', '{"a":1}', '"', '\\'));
    const body = fc.array(line, { maxLength: 8 }).map(lines => lines.join('\n'));
    await fc.assert(
      fc.asyncProperty(body, fc.integer({ min: 1, max: 7 }), async (text, size) => {
        const bytes = Buffer.from(text);
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        expect(await decode('text/plain', chunks)).toEqual(await decode('text/plain', [text]));
      }),
    );
  });

  it('keeps it text where format=text asks for it, whatever its type', async () => {
    for (const type of ['text/plain', 'application/json']) {
      expect(await decode(type, ['{"a":1}\n{'], 1000, 'text')).toEqual({ events: ['"{\\"a\\":1}"', '"{"'] });
    }
    expect(await decode('text/plain', ['a'], 1000, 'xml')).toMatchObject({ error: { reason: 'unsupported_media' } });
  });
});

describe('a form', () => {
  const FORM = 'application/x-www-form-urlencoded';
  const form = new URLSearchParams({
    name: 'billing',
    msg: 'invoice %d: 50%% & more = żółć\n"',
    args: '(7,)',
    levelname: 'WARNING',
    levelno: '30',
    exc_info: 'None',
    created: '1764341234.1234567',
    msecs: '123.0',
    thread: '140278384429952',
    process: '0042',
    user: 'None',
    zip: '007',
  }).toString();
  const event = {
    type: 'log',
    time: '2025-11-28T14:47:14.123456Z',
    name: 'billing',
    msg: 'invoice %d: 50%% & more = żółć\n"',
    args: '(7,)',
    levelname: 'WARNING',
    levelno: 30,
    created: 1764341234.1234567,
    msecs: 123,
    thread: 140278384429952,
    process: '0042',
    user: 'None',
    zip: '007',
  };

  it('is a log where it has the fields of a LogRecord, in any chunks', async () => {
    for (const chunks of [[form], bytewise(form)]) {
      const { events } = await decode(FORM, chunks);
      expect(events.map(text => JSON.parse(text) as unknown)).toEqual([event]);
    }
    expect((await decode(FORM, [form])).events[0]).toContain('"msecs":123.0,');
  });

  it('is refused where it is any other, and where it is larger than an event', async () => {
    expect(await decode(FORM, ['a=1&b=2'])).toMatchObject({ error: { reason: 'invalid_form' } });
    expect(await decode(FORM, [`msg=${'x'.repeat(3500)}`])).toMatchObject({ error: { reason: 'event_too_large' } });
    const large = `levelname=INFO&msg=${'x'.repeat(2000)}`;
    expect(await decode(FORM, [large])).toMatchObject({ error: { reason: 'event_too_large' } });
  });

  it.each(['{"a":"b=c"}', ' [1]', 'true', 'null 1', '"a=1"', ''])('is JSON where curl -d sends %s', async text => {
    expect(await decode(FORM, bytewise(text))).toEqual(await decode(undefined, [text]));
  });

  it('is JSON that is wrong where it begins with a word', async () => {
    expect(await decode(FORM, bytewise('hello world'))).toMatchObject({ error: { reason: 'invalid_json' } });
    expect(await decode(FORM, ['hello'])).toMatchObject({ error: { reason: 'invalid_json' } });
  });
});

describe('text/csv', () => {
  it('decodes rows in any chunks as objects with typed numbers and booleans', async () => {
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

  it('keeps the rows before one with too few cells or an open quote', async () => {
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
  it('decodes elements of an array as events only in application/json', async () => {
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
