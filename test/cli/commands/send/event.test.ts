import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventFromWords, eventsFromJson } from '../../../../src/cli/commands/send/event.js';

const event = (...words: string[]): unknown => JSON.parse(eventFromWords(words, 'ID'));

describe('eventFromWords', () => {
  test('given a name and fields, then an event of that name', () => {
    expect(event('login', 'user=7', 'ok:=true')).toEqual({
      event_id: 'ID',
      type: 'event',
      name: 'login',
      user: '7',
      ok: true,
    });
  });

  test('given a type, then it is that type; given no name, then no type is made up', () => {
    expect(event('cpu', 'type=metric')).toEqual({ event_id: 'ID', name: 'cpu', type: 'metric' });
    expect(event('level=ERROR', 'msg=disk full')).toEqual({ event_id: 'ID', level: 'ERROR', msg: 'disk full' });
  });

  test('given an event_id, then it is kept', () => {
    expect(event('event_id=mine')).toEqual({ event_id: 'mine' });
  });

  test('given JSON, then it stands as it was written, digit for digit', () => {
    expect(eventFromWords(['n:=12345678901234567890123'], 'ID')).toBe('{"event_id":"ID","n":12345678901234567890123}');
    expect(event('list:=[1, {"a": null}]')).toMatchObject({ list: [1, { a: null }] });
  });

  test('given more = signs, then the first one ends the name of the field', () => {
    expect(event('q=a=b:=c')).toMatchObject({ q: 'a=b:=c' });
  });

  test.each([
    [['login', 'again'], '"again" is not field=text'],
    [['login', '=x'], '"=x" is not field=text'],
    [['login', ':=1'], '":=1" is not field=text'],
    [['login', 'a:=yes'], 'is not JSON'],
    [['login', 'a=1', 'a=2'], '"a" was given twice'],
    [['login', 'name=other'], '"name" was given twice'],
  ])('given %j, then a usage error', (words, problem) => {
    expect(() => event(...words)).toThrow(problem);
  });

  test('given any field and text, then the event holds exactly them', () => {
    const name = fc.string({ minLength: 1 }).filter(text => !/[=]|:$|^(event_id|__proto__)$/.test(text));
    fc.assert(
      fc.property(name, fc.string(), (field, value) => {
        expect(event(`${field}=${value}`)).toEqual({ event_id: 'ID', [field]: value });
      }),
    );
  });
});

describe('eventsFromJson', () => {
  test.each([
    [['{"a":1.0}', ' {"b": 2}'], '{"a":1.0}\n{"b": 2}\n'],
    [
      ['[{"level":"info","msg":"a"}, {"level":"error","n":1.0}]'],
      '{"level":"info","msg":"a"}\n{"level":"error","n":1.0}\n',
    ],
    [['[]'], ''],
    [['[1, "x", [2]]', '{"a":1}'], '1\n"x"\n[2]\n{"a":1}\n'],
  ])('returns objects and the elements of arrays as they are: %j', (words, lines) => {
    expect(eventsFromJson(words)).toBe(lines);
  });

  test.each([[['[worker]']], [['login', 'user=7']]])('returns nothing for a name: %j', words => {
    expect(eventsFromJson(words)).toBeUndefined();
  });

  test('refuses an array that is not JSON', () => {
    expect(() => eventsFromJson(['[{"a":1},'])).toThrow('is not JSON');
  });
});
