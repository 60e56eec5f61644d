import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScannedEvent } from '../../../src/store/shape/scan.js';
import { parseShape, printShape, readShape } from '../../../src/store/shape/shape.js';

describe('the shape of an event', () => {
  test('given events that differ in values only, then they share it', () => {
    const one = hashOf('{"type":"log","http":{"status":200},"ok":true,"tags":["a"]}');

    expect(hashOf('{"type":"x","http":{"status":-7},"ok":false,"tags":[{"b":"]"},2]}')).toBe(one);
  });

  test.each([
    ['a key', '{"b":1}'],
    ['the kind of a value', '{"a":"1"}'],
    ['a number that is no integer', '{"a":1.5}'],
    ['null', '{"a":null}'],
    ['nesting', '{"a":{"a":1}}'],
    ['white space', '{"a": 1}'],
    ['another key', '{"a":1,"b":1}'],
    ['an integer past 38 digits', `{"a":1${'0'.repeat(38)}}`],
  ])('given one that differs in %s, then its shape is another', (_, json) => {
    expect(hashOf(json)).not.toBe(hashOf('{"a":1}'));
  });

  test.each(['"text"', '[1,2]', '7', 'null'])('given %s, which is no object, then it has none', json => {
    expect(hashOf(json)).toBe(0);
  });

  test('given integers of up to 38 digits, then they are of one kind', () => {
    const integers = ['0', '-1', '9223372036854775807', '-9223372036854775808', '18446744073709551615'];

    expect(new Set(integers.map(text => hashOf(`{"a":${text}}`))).size).toBe(1);
  });
});

describe('a shape', () => {
  test('has the text of the event between the slots, with their paths and kinds', () => {
    const shape = readShape('{"a":"x\\"y", "b":{"c":[1,"]"],"d":null,"e":{}},"f":-1.5e3}')!;

    expect(shape.literals).toEqual(['{"a":', ', "b":{"c":', ',"d":null,"e":{}},"f":', '}']);
    expect(shape.slots).toEqual([
      { kind: 's', path: ['a'], style: '' },
      { kind: 'a', path: ['b', 'c'], style: '' },
      { kind: 'd', path: ['f'], style: '' },
    ]);
    expect(shape.objects).toEqual([['b'], ['b', 'e']]);
  });

  test.each(['{"a":1,"a":2}', '{"a":null,"a":[1]}', '{"a":[1],"a":null}', '{"b":{"a":{},"a":{}}}'])(
    'given %s, which has a key twice in an object, then there is none',
    json => expect(readShape(json)).toBeUndefined(),
  );

  test('given a key that stands in two objects, then there is one', () => {
    expect(readShape('{"a":1,"b":{"a":2}}')).toBeDefined();
  });

  test('has slots that rebuild any JSON object in any spacing', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const json = JSON.stringify(value, undefined, space);
        const event = new ScannedEvent(json);
        const shape = readShape(json)!;
        const texts = Array.from({ length: event.count }, (_, i) => event.value(i));

        expect(shape.literals.map((literal, i) => literal + (texts[i] ?? '')).join('')).toBe(json);
        expect(texts.map(text => JSON.parse(text) as unknown)).toEqual(
          shape.slots.map(({ path }) => valueAt(JSON.parse(json), path)),
        );
        const { literals, slots, strings: plain } = shape;
        expect(parseShape(printShape(shape))).toEqual({ literals, slots, strings: plain });
      }),
    );
  });
});

const hashOf = (json: string): number => new ScannedEvent(json).hash;

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value);
}
