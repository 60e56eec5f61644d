import { describe, expect, test } from 'vitest';
import {
  chooseColumns,
  columnNames,
  IN_PAYLOAD,
  type Leaf,
} from '../../../../../src/store/archive/formats/parquet/columns.js';
import { KIND, type Attribute } from '../../../../../src/core/attribute.js';

const attribute = (name: string, ...paths: string[][]): Attribute => ({ name, paths, kinds: KIND.string });
const leaf = (path: string[], rows: number, kinds: number = KIND.string): Leaf => ({ path, rows, kinds });
const inOrder = (): number => 0;
const isKnown = (path: string): boolean => /^\["[abc]"\]$/i.test(path);

describe('the column that a path is stored in', () => {
  const nameOf = columnNames([
    attribute('a.b', ['a', 'b'], ['a.b']),
    attribute('Foo', ['Foo'], ['foo']),
    attribute('shape', ['shape']),
    attribute('payload/x', ['payload/x']),
  ]);

  test('given an attribute, then it is named as the attribute, whatever the spelling', () => {
    expect(nameOf(['a', 'b'])).toBe('a.b');
    expect(nameOf(['a.b'])).toBe('a.b');
    expect(nameOf(['foo'])).toBe('Foo');
  });

  test.each([[['time']], [['shape']], [['payload/x']], [['']], [['never', 'registered']]])(
    'gives %j a name that no attribute, view column or own column has',
    path => {
      expect(nameOf(path)).toMatch(/^payload\//);
    },
  );

  test('given paths that differ by case only, then their names do not only', () => {
    expect(nameOf(['Time']).toLowerCase()).not.toBe(nameOf(['time']).toLowerCase());
  });
});

describe('the columns of a segment', () => {
  const nameOf = columnNames([attribute('a', ['a']), attribute('b', ['b']), attribute('c', ['c'], ['C'])]);

  test('given kinds of values, then the type is the narrowest that holds them', () => {
    const columns = chooseColumns(
      [leaf(['a'], 5, KIND.integer), leaf(['b'], 5, KIND.integer | KIND.double), leaf(['c'], 5, KIND.boolean)],
      10,
      nameOf,
      inOrder,
      isKnown,
    );

    expect(Object.entries(columns).map(([name, { type }]) => [name, type])).toEqual([
      ['a', 'BIGINT'],
      ['b', 'DOUBLE'],
      ['c', 'BOOLEAN'],
    ]);
  });

  test('keeps a rare key in payload, and omits a key that is not an attribute', () => {
    const columns = chooseColumns([leaf(['a'], 1), leaf(['b'], 2000), leaf(['x'], 1)], 2000, nameOf, inOrder, isKnown);

    expect(columns.a?.type).toBe(IN_PAYLOAD);
    expect(columns.b?.type).toBe('VARCHAR');
    expect(Object.keys(columns)).toEqual(['b', 'a']);
  });

  test('given two paths of one attribute, then they share a column', () => {
    const columns = chooseColumns(
      [leaf(['C'], 1), leaf(['c'], 1)],
      2,
      nameOf,
      path => (path === '["c"]' ? 1 : 0),
      isKnown,
    );

    expect(columns).toMatchObject({ c: { paths: ['["C"]', '["c"]'] } });
  });
});
