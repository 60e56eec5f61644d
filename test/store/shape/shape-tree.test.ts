import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scanSlots, Slots } from '../../../src/store/shape/scan.js';
import { ShapeTree } from '../../../src/store/shape/shape-tree.js';

describe('a tree of shapes', () => {
  test('finds an event whose values only differ, with its slots and notes', () => {
    const tree = treeOf(['{"type":"log","at":1,"ok":true,"tags":[],"x":{"y":-1.5}}']);

    expectFound(tree, '{"type":"a \\"quoted\\\\\\" text","at":-900,"ok":false,"tags":[{"b":"]"},2],"x":{"y":-0.0}}');
    expectFound(tree, '{"type":"","at":18446744073709551615,"ok":true,"tags":[1],"x":{"y":-2e-3}}');
  });

  test.each([
    ['another key', '{"b":1,"c":"x"}'],
    ['another kind of value', '{"a":"1","c":"x"}'],
    ['a number that is no integer', '{"a":1.5,"c":"x"}'],
    ['null', '{"a":null,"c":"x"}'],
    ['an object', '{"a":{"a":1},"c":"x"}'],
    ['white space', '{"a": 1,"c":"x"}'],
    ['a key more', '{"a":1,"c":"x","d":1}'],
    ['a key less', '{"a":1}'],
    ['another value than an object', '"text"'],
  ])('does not find an event with %s', (_, json) => {
    expect(find(treeOf(['{"a":1,"c":"x"}']), json)).toBeUndefined();
  });

  test('tells shapes apart of which one begins like the other', () => {
    const events = ['{"a":1}', '{"a":1,"b":2}', '{"a":{"b":1}}', '{"a":null,"b":2}', '{"a": 1}', '{}', '{"a":{}}'];
    const tree = treeOf(events);

    expect(events.map(json => find(tree, json))).toEqual(events.map((_, i) => i));
  });

  test('given more alternatives than it holds, then it finds the first of them', () => {
    const events = Array.from({ length: 100 }, (_, i) => `{"key${i}":1}`);
    const tree = treeOf(events);

    expect(find(tree, events[0]!)).toBe(0);
    expect(find(tree, events[99]!)).toBeUndefined();
  });

  test('finds what a scan finds, among any objects in any spacing', () => {
    const object = fc.dictionary(fc.constantFrom('a', 'b', 'a key of ten', 'ключ', '"'), fc.jsonValue(), {
      maxKeys: 4,
    });
    const event = fc
      .tuple(object, fc.constantFrom(undefined, 1, '\t'))
      .map(([value, space]) => JSON.stringify(value, undefined, space));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), event, (events, json) => {
        const tree = treeOf(events);
        const shapes = events.map(hashOf);

        const found = find(tree, json);

        expect(found === undefined ? -1 : shapes[found]).toBe(shapes.includes(hashOf(json)) ? hashOf(json) : -1);
        if (found !== undefined) expectFound(tree, json);
      }),
    );
  });
});

function treeOf(events: readonly string[]): ShapeTree<number> {
  const tree = new ShapeTree<number>();
  events.forEach((json, i) => {
    const bytes = Buffer.from(json);
    const slots = new Slots();
    if (scanSlots(bytes, 0, bytes.length, slots) !== 0) tree.add(bytes, 0, bytes.length, slots, i);
  });
  return tree;
}

/** Finds an event that has others around it. */
function find(tree: ShapeTree<number>, json: string, slots = new Slots()): number | undefined {
  const bytes = Buffer.from(`{}${json}{"a":1}`);
  return tree.find(bytes, 2, 2 + Buffer.byteLength(json), slots);
}

function hashOf(json: string): number {
  const bytes = Buffer.from(json);
  return scanSlots(bytes, 0, bytes.length, new Slots());
}

function expectFound(tree: ShapeTree<number>, json: string): void {
  const [found, scanned] = [new Slots(), new Slots()];
  const bytes = Buffer.from(json);

  expect(find(tree, json, found)).toBeDefined();
  expect(scanSlots(bytes, 0, bytes.length, scanned)).not.toBe(0);
  expect(slotsOf(found, 2)).toEqual(slotsOf(scanned, 0));
  expect(found.notes).toEqual(scanned.notes);
}

function slotsOf({ starts, ends, codes, count }: Slots, from: number): number[][] {
  return Array.from({ length: count }, (_, i) => [starts[i]! - from, ends[i]! - from, codes[i]!]);
}
