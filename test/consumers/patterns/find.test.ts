import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findPatterns } from '../../../src/consumers/patterns/find.js';
import { ask, column, createFixture } from '../../query/fixture.js';
import { propertyRuns } from '../../helpers/property-runs.js';

async function patternsOf(messages: readonly (string | null)[], where?: string) {
  const fixture = createFixture(...messages.map(msg => (msg === null ? { n: 1 } : { level: 'info', msg })));
  const session = await fixture.open();
  return { session, found: await findPatterns(session, where) };
}

const templates = async (messages: readonly string[]): Promise<string[]> =>
  (await patternsOf(messages)).found.patterns.map(({ template }) => template);

const people = ['alice', 'bob', 'carol', 'dave', 'erin'];

describe('message_template', () => {
  test.each([
    ['request done after 12.5ms', 'request done after <num>ms'],
    ['took -5 s (x=-1, y=+2) on node-12', 'took <num> s (x=<num>, y=<num>) on node-<num>'],
    ['2024-01-02T10:00:00.123Z 10.0.0.1:8080 -> fe80:1:2::1', '<time> <ip> -> <ip>'],
    ['id=550e8400-e29b-41d4-a716-446655440000;', 'id=<uuid>;'],
    ['deadbeef01 0x1f 1732872000123 0.12345678910', '<hex> <hex> <num> <num>'],
    ['v1.2.3 1,234 3d 1.5e-7', 'v<num> <num> <num>d <num>'],
    ['at 10:11:12,345 on 2024/05/06', 'at <time> on <time>'],
    ['  two\t words \nand another line', 'two words'],
    ['value of f', 'value of f'],
    ['', ''],
  ])('masks %j', async (message, template) => {
    const session = await createFixture({ msg: 'a' }).open();
    expect(await column(session, 'select message_template($m)', { m: JSON.stringify(message) })).toEqual([template]);
  });
});

describe('findPatterns', () => {
  test('groups messages that differ in values, and counts them in time', async () => {
    const { found } = await patternsOf([
      ...Array.from({ length: 30 }, (_, i) => `request done after ${i} ms`),
      'disk full',
      null,
    ]);
    expect(found).toMatchObject({ events: 32, withoutMessage: 1, leftOver: 0, times: { steps: 20 } });
    expect(found.patterns).toEqual([
      {
        template: 'request done after <num> ms',
        events: 30,
        share: 30 / 31,
        counts: [2, 2, 1, 2, 1, 2, 1, 2, 1, 2, 2, 1, 2, 1, 2, 1, 2, 1, 2, 0],
        first: '2026-11-22T10:00:00Z',
        last: '2026-11-22T10:00:29Z',
        example: 'request done after 0 ms',
        severity: 'INFO',
        where: `message_template(message) = 'request done after <num> ms'`,
      },
      expect.objectContaining({ template: 'disk full', events: 1, where: `message_template(message) = 'disk full'` }),
    ]);
  });

  test('replaces a word by <*> where at least four words occur', async () => {
    const logins = people.map(name => `user ${name} logged in`);
    expect(await templates(logins)).toEqual(['user <*> logged in']);
    expect(await templates(people.map(name => `${name} logged in`))).toEqual(['<*> logged in']);
    expect(await templates(logins.slice(0, 3))).toHaveLength(3);
    expect(await templates(['cache hit', 'cache miss'])).toEqual(['cache hit', 'cache miss']);
  });

  test('keeps words apart of which there are few, whatever varies elsewhere', async () => {
    const messages = people.flatMap(name => [`login ok for ${name}`, `login refused for ${name}`]);
    expect(await templates(messages)).toEqual(['login ok for <*>', 'login refused for <*>']);
  });

  test('takes masks of several kinds at one place for one value', async () => {
    expect(await templates(['key=deadbeef01, ok', 'key=12, ok'])).toEqual(['key=<*>, ok']);
  });

  test('seeks in the events of a condition', async () => {
    const { found } = await patternsOf(['a 1', 'b 2'], `message like 'b%'`);
    expect(found).toMatchObject({ events: 1, patterns: [{ template: 'b <num>' }] });
  });

  test('has no patterns without events', async () => {
    expect((await patternsOf([])).found).toMatchObject({ events: 0, patterns: [], times: undefined });
    expect((await patternsOf([null])).found).toMatchObject({ events: 1, withoutMessage: 1, patterns: [] });
  });

  test('gives each message to one pattern, which its condition selects', async () => {
    const word = fc.constantFrom(
      'user',
      'in',
      ...people,
      '<*>',
      '<num>',
      '7',
      'x=3',
      'x=deadbeef00',
      "o'c",
      '(a|b)',
      '.',
    );
    const message = fc.array(word, { minLength: 1, maxLength: 4 }).map(words => words.join(' '));
    const run = fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 120 }), async messages => {
      const { session, found } = await patternsOf(messages);
      const { patterns, events, withoutMessage, leftOver } = found;
      expect(patterns.reduce((sum, pattern) => sum + pattern.events, 0) + withoutMessage + leftOver).toBe(events);
      const counts = patterns.map(({ where }) => `count(*) filter (${where})`);
      const [row] = await ask(session, `select ${counts.join(', ')} from events`);
      expect(row!.map(Number)).toEqual(patterns.map(pattern => pattern.events));
      for (const { counts: steps, events: all } of patterns) expect(steps.reduce((a, b) => a + b, 0)).toBe(all);
      session.close();
    });
    await fc.assert(run, { numRuns: propertyRuns(5) });
  });
});
