import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldsOf } from '../../src/tail/fields.js';
import { summarize } from '../../src/tail/summary.js';

describe('fieldsOf', () => {
  test('given nested objects, arrays and scalars, then leaves are dotted and values are as they were sent', () => {
    const payload = `{"a":{"b":1,"c":{}},"list":[1,{"x":"y"},"\\"",null],"s":"x y","t":true,"n":null,"e":{"":1}}`;
    expect(fieldsOf(payload)).toEqual([
      ['a.b', '1'],
      ['a.c', '{}'],
      ['list', '[1,{"x":"y"},"\\"",null]'],
      ['s', 'x y'],
      ['t', 'true'],
      ['n', 'null'],
      ['e.', '1'],
    ]);
  });

  test('given numbers that JavaScript cannot hold, then every digit is kept', () => {
    const payload = `{"id":12345678901234567890,"one":1.0,"huge":1e400,"list":[9007199254740993],"text":"12 \\"1.0\\" 3"}`;
    expect(fieldsOf(payload)).toEqual([
      ['id', '12345678901234567890'],
      ['one', '1.0'],
      ['huge', '1e400'],
      ['list', '[9007199254740993]'],
      ['text', '12 "1.0" 3'],
    ]);
  });

  test('given any flat object of strings, then its entries come back', () => {
    const key = fc.string({ minLength: 1 }).filter(text => text !== '__proto__' && !/^\d+$/.test(text));
    fc.assert(
      fc.property(
        fc.dictionary(
          key,
          fc.string().filter(text => !text.startsWith('\u0000')),
        ),
        object => {
          expect(fieldsOf(JSON.stringify(object))).toEqual(Object.entries(object));
        },
      ),
    );
  });

  test.each([
    ['"hello"', 'hello'],
    ['12.50', '12.50'],
    ['[1,2]', '[1,2]'],
    ['null', 'null'],
  ])('given %s, which is no object, then it is one field without a key', (payload, value) => {
    expect(fieldsOf(payload)).toEqual([['', value]]);
  });

  test('given the key __proto__, then it is a field like any other', () => {
    expect(fieldsOf('{"__proto__":"x","a":1}')).toEqual([
      ['__proto__', 'x'],
      ['a', '1'],
    ]);
  });
});

describe('summarize', () => {
  const summary = (payload: unknown, { time = 't1', type = 'log', name = null as string | null } = {}) =>
    summarize([time, 't0', type, name, JSON.stringify(payload)]);

  test('given an event, then what is shown in its own place is not among the fields', () => {
    const event = { type: 'log', '@timestamp': 'x', Level: 'ERROR', msg: 'hi mom', user: { id: 7 } };
    expect(summary(event)).toEqual({
      time: 't1',
      type: 'log',
      level: 'ERROR',
      name: null,
      message: 'hi mom',
      fields: [['user.id', '7']],
    });
  });

  test('given keys that are not what is shown, then they stay fields', () => {
    const event = { type: 'a', event_type: 'b', name: 'c', event: 'd', msg: 'e', message: 'f', time: 'not a time' };
    const { fields } = summary(event, { time: 't0', type: 'a', name: 'c' });
    expect(fields).toEqual([
      ['event_type', 'b'],
      ['event', 'd'],
      ['message', 'f'],
      ['time', 'not a time'],
    ]);
  });

  test('given a text event, then the text is the message', () => {
    expect(summary('plain text', { type: 'event' })).toMatchObject({ message: 'plain text', fields: [] });
  });
});
