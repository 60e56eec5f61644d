import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elementsOf, membersOf, stringValue, textOf } from '../../../src/formats/json/members.js';

/** JSON texts, some of them with white space everywhere. */
const spaced = fc
  .tuple(fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }), fc.constantFrom(undefined, 2, '\t\n'))
  .map(([value, indent]) => ({ value, indent }));

test('given any object, then its members are the keys and texts that make it up', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: 'binary' }), spaced)),
      fc.constantFrom('', ' ', '\n\t'),
      (parts, gap) => {
        const texts = parts.map(([key, { value, indent }]) => [
          JSON.stringify(key),
          JSON.stringify(value, null, indent),
        ]);
        const json = `{${gap}${texts.map(([key, value]) => `${key}${gap}:${gap}${value}`).join(`${gap},${gap}`)}${gap}}`;
        const bytes = Buffer.from(`[${json}]`);

        const members = membersOf(bytes, 1);

        expect(members.map(({ key }) => key)).toEqual(parts.map(([key]) => JSON.parse(JSON.stringify(key)) as string));
        expect(members.map(({ valueStart, end }) => textOf(bytes, valueStart, end))).toEqual(
          texts.map(([, value]) => value),
        );
        expect(members.map(({ start, end }) => textOf(bytes, start, end))).toEqual(
          texts.map(([key, value]) => `${key}${gap}:${gap}${value}`),
        );
      },
    ),
  );
});

test('given any array, then its elements are the texts that make it up', () => {
  fc.assert(
    fc.property(fc.array(spaced), fc.constantFrom('', ' ', '\r\n'), (parts, gap) => {
      const texts = parts.map(({ value, indent }) => JSON.stringify(value, null, indent));
      const bytes = Buffer.from(`[${gap}${texts.join(`${gap},${gap}`)}${gap}]`);

      expect([...elementsOf(bytes, 0)].map(({ start, end }) => textOf(bytes, start, end))).toEqual(texts);
    }),
  );
});

test.each([
  ['"a\\"b\\u00e9"', 'a"bé'],
  ['""', ''],
  ['1.0', undefined],
  ['null', undefined],
])('given the value %s, then its text is %j', (json, text) => {
  const bytes = Buffer.from(json);

  expect(stringValue(bytes, 0, bytes.length)).toBe(text);
});
