import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KIND } from '../../src/core/attribute.js';
import { describeShape } from '../../src/core/shape.js';

const shape = (json: string) =>
  Object.fromEntries(describeShape(json).map(({ path, kinds }) => [path.join('/'), kinds]));

describe('the shape of an event', () => {
  it('gives every leaf of a nested event its path and kind, with arrays as leaves', () => {
    expect(shape('{"a":1,"b":{"c":"x","d":{"e":true}},"f":[{"g":1},[2]],"h":null,"i":1.0,"j":{}, "k\\"q":2}')).toEqual({
      a: KIND.integer,
      b: KIND.object,
      'b/c': KIND.string,
      'b/d': KIND.object,
      'b/d/e': KIND.boolean,
      f: KIND.array,
      h: KIND.null,
      i: KIND.double,
      j: KIND.object,
      'k"q': KIND.integer,
    });
  });

  it('gives integers past 64 bits different kinds', () => {
    const long = '9'.repeat(38);
    const json = `{"a":9223372036854775807,"b":-9223372036854775808,"c":9223372036854775808,"d":18446744073709551615,
      "e":18446744073709551616,"f":-9223372036854775809,"g":-${long},"h":1${long}}`;

    expect(shape(json)).toEqual({
      a: KIND.integer,
      b: KIND.integer,
      c: KIND.unsigned,
      d: KIND.unsigned,
      e: KIND.long,
      f: KIND.long,
      g: KIND.long,
      h: KIND.huge,
    });
  });

  it('given names that cannot be columns, when described, then they are left out', () => {
    expect(shape(`{"":1,"Id":2,"PAYLOAD":3,"${'x'.repeat(300)}":4,"a\\u0000b":5,"\\ud800":6,"ok":7}`)).toEqual({
      ok: KIND.integer,
    });
    expect(describeShape('"text"')).toEqual([]);
    expect(describeShape('[{"a":1}]')).toEqual([]);
  });

  it('finds the same keys in any flat object as JSON.parse', () => {
    const key = fc.string({ minLength: 1, maxLength: 8 }).map(text => `_${text}`);
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null)), {
          noNullPrototype: true,
        }),
        event => {
          const described = describeShape(JSON.stringify(event)).map(({ path }) => path[0]);
          expect(described).toEqual(Object.keys(event).filter(name => !name.includes('\0')));
        },
      ),
    );
  });
});
