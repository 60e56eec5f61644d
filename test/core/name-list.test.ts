import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listItem, nameOf, splitList } from '../../src/core/name-list.js';

describe('a list of names', () => {
  test.each([
    ['a,b', ['a', 'b']],
    [' a , b ,', ['a', 'b', '']],
    ['"a, b",c', ['a, b', 'c']],
    ['a , "b ""c"" "', ['a', 'b "c" ']],
    ['a"b,c', ['a"b', 'c']],
    ['\ufeffa,a\u00a0', ['\ufeffa', 'a\u00a0']],
    ['', ['']],
  ])('%j has the names %j', (text, names) => {
    expect(splitList(text).map(nameOf)).toEqual(names);
  });

  test('gives back any names that were made items', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(' a', 'a ', '"', ',', '\ufeff')), {
          minLength: 1,
        }),
        names => {
          expect(splitList(names.map(listItem).join(',')).map(nameOf)).toEqual(names);
        },
      ),
    );
  });
});
