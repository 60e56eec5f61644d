import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ElementsAt, pathOf } from '../../../src/formats/json/elements-at.js';

/** Decodes a text that comes in pieces of so many bytes. */
function decode(text: string, path: string, size = text.length, maxEventBytes = 10_000): string[] {
  const events: string[] = [];
  const decoder = new ElementsAt(
    pathOf(path),
    (bytes, start, end) => events.push(Buffer.from(bytes.subarray(start, end)).toString()),
    { maxEventBytes },
  );
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += Math.max(1, size))
    decoder.write(bytes.subarray(at, at + Math.max(1, size)));
  decoder.end();
  return events;
}

describe('the elements of a list within a document', () => {
  test.each([
    ['{"Records":[{"a":1}, {"b":[2]}]}', 'Records', ['{"a":1}', '{"b":[2]}']],
    ['{"Records":[{"a":1}]}', '.Records[]', ['{"a":1}']],
    ['{"x":{"Records":[0]},"Records":[1,"]",{"Records":[2]}]}', 'Records', ['1', '"]"', '{"Records":[2]}']],
    ['{"a":{"b":[1]},"b":[2]}', '.a.b', ['1']],
    ['{"a":[{"b":[1]}],"b":[2]}', 'b', ['2']],
    ['{"a":{"c":"b"},"b":{"b":[1]}}', '$.b.b', ['1']],
    ['{"a.b":[1],"a":{"b":[2]}}', '."a.b"', ['1']],
    ['{"a.b":[1],"a":{"b":[2]}}', '["a.b"]', ['1']],
    ['{"\\u0061":[1]}', 'a', ['1']],
    ['{"metrics":[1]}\n{"metrics":[2,3]}\n{"metrics":[]}', 'metrics', ['1', '2', '3']],
    ['{"a":null}', 'a', []],
    ['{"a":[]}', 'a', []],
    ['[1,{"a":2}]', '.', ['1', '{"a":2}']],
    ['{"s":"{\\"a\\":[1]","a":[2]}', 'a', ['2']],
  ])('given %s at %s, then its elements are the events', (text, path, events) => {
    for (let size = 1; size <= text.length; size++) expect(decode(text, path, size), `by ${size}`).toEqual(events);
  });

  test.each([
    ['{"Records":[1', 'Records', 'the document is not whole'],
    ['{"a":1,"Other":[1]}', 'Records', 'no list at Records; there is one at Other'],
    ['{"a":{"b":[1]}}', 'a', 'what is at a is not a list'],
    ['{"a":"x"}', 'a', 'what is at a is not a list'],
    ['{"a":[1,x]}', 'a', 'x'],
    ['plain text', 'a', 'not a JSON document'],
    ['{"a":[1]}}', 'a', 'closed that was not opened'],
    ['', 'a', 'no list at a'],
  ])('given %s at %s, then it is refused', (text, path, message) => {
    expect(() => decode(text, path)).toThrow(message);
  });

  test('given an element that is wrong, then the error tells its line in the document', () => {
    expect(() => decode('{\n"x":1,\n"a":[1,\nx]}', 'a')).toThrow(
      expect.objectContaining({ line: 4, offset: 17 }) as Error,
    );
  });

  test('accepts a document larger than any event, but not such an element', () => {
    const events = Array.from({ length: 500 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(500)}"}`);
    expect(decode(`{"big":"${'y'.repeat(50_000)}","a":[${events.join(',')}]}`, 'a', 1000, 1000)).toEqual(events);
    expect(() => decode(`{"a":["${'x'.repeat(2000)}"]}`, 'a', 100, 1000)).toThrow('larger than 1000 bytes');
  });

  test('given any document with a list in it, in any pieces, then its elements are found', () => {
    const key = fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom('a', 'b', '"', '\\', 'é', '.') });
    fc.assert(
      fc.property(
        fc.array(key, { minLength: 1, maxLength: 3 }),
        fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 5 }),
        fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 3 }),
        fc.integer({ min: 1, max: 40 }),
        (path, elements, others, size) => {
          const document = path.reduceRight<unknown>((inner, name) => ({ ...others, [name]: inner }), elements);
          const text = JSON.stringify(document);
          const named = path.map(name => JSON.stringify(name)).join('.');
          expect(decode(text, named, size)).toEqual(elements.map(element => JSON.stringify(element)));
        },
      ),
    );
  });
});

test.each(['a..b', '.a[0]', 'a[].b', '"a'])('given %s, then it is no path', text => {
  expect(() => pathOf(text)).toThrow('is not a path to a list');
});
