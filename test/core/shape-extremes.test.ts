import { describe, expect, it } from 'vitest';
import { KIND } from '../../src/core/attribute.js';
import { MAX_ATTRIBUTE_NAME, MAX_NESTING } from '../../src/core/limits.js';
import { describeShape } from '../../src/core/shape.js';

describe('the shape of an extreme event', () => {
  it.each(['x', '\\n', '\\"', '\\\\'])(
    'given a string of 16 MiB of %s, when described, then it is one string',
    part => {
      const text = part.repeat((16 * 1024 * 1024) / part.length);
      expect(describeShape(`{"a":"${text}","b":1}`)).toEqual([
        { path: ['a'], kinds: KIND.string },
        { path: ['b'], kinds: KIND.integer },
      ]);
    },
  );

  it('ends an array with brackets in its strings at the right offset', () => {
    expect(describeShape('{"a":["]","\\"]\\\\"],"b":"}"}')).toEqual([
      { path: ['a'], kinds: KIND.array },
      { path: ['b'], kinds: KIND.string },
    ]);
  });

  it('given an integer of a million digits, when described, then it is huge', () => {
    expect(describeShape(`{"a":-${'9'.repeat(1e6)}}`)).toEqual([{ path: ['a'], kinds: KIND.huge }]);
  });

  it('keeps exactly the names within the maximum length, nested or not', () => {
    const longest = 'x'.repeat(MAX_ATTRIBUTE_NAME);
    expect(describeShape(`{"${longest}":1,"${longest}x":2}`)).toEqual([{ path: [longest], kinds: KIND.integer }]);
    const inner = 'y'.repeat(MAX_ATTRIBUTE_NAME - 2);
    expect(describeShape(`{"x":{"${inner}":1,"${inner}y":2}}`).map(({ path }) => path)).toEqual([['x'], ['x', inner]]);
  });

  it('keeps the levels of the deepest nesting whose names fit', () => {
    const json = `${'{"a":'.repeat(MAX_NESTING)}1${'}'.repeat(MAX_NESTING)}`;
    const depths = describeShape(json).map(({ path }) => path.length);
    expect(Math.max(...depths)).toBe(Math.ceil(MAX_ATTRIBUTE_NAME / 2));
  });
});
