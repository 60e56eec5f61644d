import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENCODING, type EventMeta } from '../../../src/core/event.js';
import { DecodeError } from '../../../src/formats/decoder.js';
import { KnownObjects } from '../../../src/formats/json/known-objects.js';
import { jsonStream } from '../../../src/formats/json/stream.js';
import { propertyRuns } from '../../helpers/property-runs.js';

interface Seen {
  text: string;
  facts: EventMeta;
  id: string | undefined;
}

interface Decoded {
  events: Seen[];
  error: DecodeError | undefined;
}

/** Those of all streams here: the texts of many recur. */
const knownObjects = new KnownObjects();

/** Feeds the bytes in the given chunks; says what came out and what went wrong. */
function decode(chunks: Uint8Array[], options: { maxEventBytes?: number; elements?: boolean } = {}): Decoded {
  const events: Seen[] = [];
  const decoder = jsonStream(
    (bytes, start, end, facts) => {
      const text = Buffer.from(bytes.subarray(start, end)).toString();
      const id =
        facts.idStart < 0
          ? undefined
          : Buffer.from(bytes.subarray(start + facts.idStart, start + facts.idEnd)).toString();
      events.push({ text, facts: { ...facts }, id });
    },
    { maxEventBytes: 1_000_000, knownObjects, ...options },
  );
  try {
    for (const chunk of chunks) void decoder.write(chunk);
    void decoder.end();
    return { events, error: undefined };
  } catch (error) {
    if (error instanceof DecodeError) return { events, error };
    throw error;
  }
}

const texts = (decoded: Decoded) => decoded.events.map(event => event.text);
const whole = (text: string | Buffer) => [Buffer.from(text)];
const bytewise = (text: string | Buffer) => [...Buffer.from(text)].map(byte => Uint8Array.of(byte));

/** JSON text with white space that a serializer would not write. */
const spaced = fc
  .tuple(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t', 2))
  .map(([value, indent]) => JSON.stringify(value, null, indent));

describe('a stream of JSON values', () => {
  it('decodes newline-delimited, concatenated and pretty-printed values byte for byte', () => {
    const decoded = decode(whole('{"a":1}\n{"b":2}{"c":\n  3\n}  \r\n[1,{"d":4}]"text"5 6\ttrue\nnull'));
    expect(texts(decoded)).toEqual([
      '{"a":1}',
      '{"b":2}',
      '{"c":\n  3\n}',
      '[1,{"d":4}]',
      '"text"',
      '5',
      '6',
      'true',
      'null',
    ]);
    expect(decoded.error).toBeUndefined();
  });

  it('given any values, when split into any chunks, then the events are the same', () => {
    fc.assert(
      fc.property(fc.array(spaced, { maxLength: 5 }), fc.array(fc.nat(40), { maxLength: 30 }), (values, sizes) => {
        const bytes = Buffer.from(values.join('\n'));
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const size of sizes) chunks.push(bytes.subarray(at, (at += size)));
        chunks.push(bytes.subarray(at));
        expect(decode(chunks)).toMatchObject({ error: undefined });
        expect(texts(decode(chunks))).toEqual(values);
      }),
    );
  });

  it('decodes the same events when a stream of all tokens is split at every byte', () => {
    const stream =
      '\ufeff{"é":"\\u00e9\\ud83d\\ude00\\"","n":[-0.5e+10,1E400,true,false,null,{}],"":[]}\n"\\ud800"12 ["😀"]';
    const expected = decode(whole(stream));
    expect(expected.events).toHaveLength(4);
    const bytes = Buffer.from(stream);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(decode([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(expected);
    }
    expect(decode(bytewise(stream))).toEqual(expected);
  });

  it('accepts any JSON-like text as an array of events exactly when JSON.parse does', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '"\\n"',
      '\\',
      '1',
      '0',
      '-',
      '.',
      'e',
      'E5',
      'true',
      'null',
      'fals',
      ' ',
      '\n',
      '\t',
      '\u0001',
      'é',
      '\\u00',
      'event_id',
    );
    const texts = fc.oneof(
      fc.array(token, { maxLength: 12 }).map(parts => parts.join('')),
      fc.json(),
    );
    fc.assert(
      fc.property(texts, fc.boolean(), (text, split) => {
        const stream = `[${text}]`;
        const taken = decode(split ? bytewise(stream) : whole(stream), { elements: true }).error === undefined;
        const concatenated = decode(split ? bytewise(stream) : whole(stream)).error === undefined;
        expect(concatenated).toBe(isJsonStream(stream));
        if (isJson(stream)) expect(taken).toBe(true);
      }),
      { numRuns: propertyRuns(1000) },
    );
  });

  it('decodes each element of an array in application/json as an event', () => {
    fc.assert(
      fc.property(fc.array(spaced), fc.boolean(), (values, split) => {
        const stream = ` [ ${values.join(' ,\n')} ] `;
        expect(texts(decode(split ? bytewise(stream) : whole(stream), { elements: true }))).toEqual(values);
      }),
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Whether the text, which starts with "[", splits into texts that JSON.parse takes. */
function isJsonStream(text: string): boolean {
  const rest = text.trim();
  if (rest === '' || isJson(rest)) return true;
  for (let cut = 1; cut < rest.length; cut++) {
    const delimited = /[\s\]}"]$/.test(rest.slice(0, cut)) || /^[\s[{"]/.test(rest.slice(cut));
    if (delimited && isJson(rest.slice(0, cut)) && isJsonStream(rest.slice(cut))) return true;
  }
  return false;
}

describe('bad input', () => {
  it.each([
    ['{"a":1}\n{"a":tru}', 'invalid_json', 2, 13],
    ['{"a":1}\n{"a":1,}', 'invalid_json', 2, 15],
    ['{"a":1} x', 'invalid_json', 1, 8],
    ['{"a":01}', 'invalid_json', 1, 5],
    ['{"a":"\u0001"}', 'invalid_json', 1, 6],
    ['{"a":"\\x"}', 'invalid_json', 1, 6],
    ['{"a":1', 'truncated_json', 1, 6],
    ['{"a":1}\n\n{"b', 'truncated_json', 3, 12],
    ['12a', 'invalid_json', 1, 0],
    ['[1 2]', 'invalid_json', 1, 3],
  ])('given %j, when decoded whole or byte by byte, then %s at line %d, offset %d', (stream, reason, line, offset) => {
    for (const chunks of [whole(stream), bytewise(stream)]) {
      expect(decode(chunks).error).toMatchObject({ reason, line, offset });
    }
  });

  it('keeps the events before bytes that are not UTF-8 and reports the offset', () => {
    const stream = Buffer.concat([Buffer.from('{"a":1}\n{"a":"é'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    for (const chunks of [[stream], bytewise(stream)]) {
      const decoded = decode(chunks);
      expect(texts(decoded)).toEqual(['{"a":1}']);
      expect(decoded.error).toMatchObject({ reason: 'invalid_utf8', line: 2 });
    }
    expect(decode([Buffer.from('"\u00e9').subarray(0, 2)]).error).toMatchObject({ reason: 'invalid_utf8' });
  });

  it('refuses an event over the limit before it is complete', () => {
    const error = decode([Buffer.from('{"a":1}'), Buffer.from(`{"a":"${'x'.repeat(100)}`)], {
      maxEventBytes: 50,
    }).error;
    expect(error).toMatchObject({ reason: 'event_too_large', offset: 7 });
    expect(decode(whole(`"${'x'.repeat(48)}"`), { maxEventBytes: 50 }).error).toBeUndefined();
    expect(decode(whole(`"${'x'.repeat(49)}"`), { maxEventBytes: 50 }).error).toMatchObject({
      reason: 'event_too_large',
    });
  });

  it('refuses arrays nested past the limit, but not at it', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(decode(whole(nested(1001))).error).toMatchObject({ reason: 'nested_too_deep' });
    expect(texts(decode(whole(nested(1000))))).toEqual([nested(1000)]);
    expect(decode(whole('['.repeat(100_000))).error).toMatchObject({ reason: 'nested_too_deep' });
  });
});

describe('the facts of an event', () => {
  const shape = (text: string) => decode(whole(text)).events[0]!.facts.shape;

  it('hashes equal shapes for events that differ in scalars or within arrays', () => {
    expect(shape('{"a":1,"b":"x","c":[1]}')).toBe(shape('{ "a": 22, "b": "yy\\n", "c": [{"k":true}, 2] }'));
  });

  it('hashes different shapes for different keys, order, nesting or kinds', () => {
    const events = [
      '{"a":1}',
      '{"a":1.5}',
      '{"a":"1"}',
      '{"a":true}',
      '{"a":null}',
      '{"a":[]}',
      '{"a":{}}',
      '{"b":1}',
      '{"a":1,"b":1}',
      '{"b":1,"a":1}',
      '{"a":{"b":1}}',
      '{"a":{},"b":1}',
      '{"a":12345678901234567890}',
      '{}',
      '1',
    ];
    expect(new Set(events.map(shape)).size).toBe(events.length);
  });

  it.each([
    ['{"event_id":"a-1","x":1}', 'a-1'],
    ['{"x":{"event_id":"no"},"event_id":"yes"}', 'yes'],
    ['{"x":[{"event_id":"no"}]}', undefined],
    ['{"event_id":17}', '17'],
    ['{"event_id":null}', undefined],
    ['{"event_id":""}', undefined],
    ['{"event_id":{"event_id":"no"}}', undefined],
    ['{"event_id":"first","event_id":"second"}', 'first'],
    ['{"xevent_id":"no"}', undefined],
  ])('given %s, when decoded, then its event_id is %s', (text, id) => {
    for (const chunks of [whole(text), bytewise(`  ${text}`)]) expect(decode(chunks).events[0]?.id).toBe(id);
  });

  it('keeps and marks an event with an escaped lone surrogate', () => {
    const encodings = decode(
      whole('"\\ud83d" "\\ud83d\\ude00" "\\ude00" "\\ud83d\\u0041" {"\\udfff":1} "\\ud83dx"'),
    ).events.map(event => event.facts.encoding);
    const { none, surrogate } = ENCODING;
    expect(encodings).toEqual([surrogate, none, surrogate, surrogate, surrogate, surrogate]);
  });
});
