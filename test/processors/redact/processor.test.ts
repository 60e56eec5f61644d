import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENCODING, type EventMeta } from '../../../src/core/event.js';
import { decodeMessage } from '../../../src/formats/media/message.js';
import { jsonStream } from '../../../src/formats/json/stream.js';
import { RedactionProcessor } from '../../../src/processors/redact/processor.js';
import type { PrivacyRules } from '../../../src/processors/redact/rules.js';
import { propertyRuns } from '../../helpers/property-runs.js';

const NONE: PrivacyRules = { redact: [], hash: [], drop: [], denyType: [] };
const ALL = ['email', 'ip', 'credit-card'];

interface Passed {
  readonly json: string;
  readonly facts: EventMeta;
}

/** What a processor makes of events. */
function passing(rules: Partial<PrivacyRules>, key = 'key') {
  const counted: Record<string, number> = {};
  const processor = new RedactionProcessor({ ...NONE, ...rules }, Buffer.from(key), {
    redacted: (what, count) => void (counted[what] = (counted[what] ?? 0) + count),
    denied: () => void (counted.denied = (counted.denied ?? 0) + 1),
  });
  const passed: Passed[] = [];
  const sink = processor.process((bytes, start, end, facts) => {
    passed.push({ json: Buffer.from(bytes.slice(start, end)).toString(), facts: { ...facts } });
  });
  return {
    processor,
    counted,
    send: (json: string): string => {
      const decoder = jsonStream(sink, { maxEventBytes: 1e9 });
      void decoder.write(Buffer.from(json));
      void decoder.end();
      return passed.at(-1)!.json;
    },
    message: (message: Uint8Array): Passed => {
      decodeMessage(message, sink, { maxEventBytes: 1e9 });
      return passed.at(-1)!;
    },
    passed,
  };
}

describe('what detectors find', () => {
  test.each([
    ['{"a":"ada@example.com"}', '{"a":"[email]"}'],
    ['{"a": [1, {"b": "x ada@example.com y"} ] }', '{"a": [1, {"b": "x [email] y"} ] }'],
    ['{"a":"ada\\u0040example.com"}', '{"a":"[email]"}'],
    ['{"a":"\\u0061da@example.com\\n"}', '{"a":"[email]\\n"}'],
    ['{"ada@example.com":{"n":1.50}}', '{"[email]":{"n":1.50}}'],
    ['"to ada@example.com"', '"to [email]"'],
    ['["10.0.0.1",10.0]', '["[ip]",10.0]'],
    ['{"card":4111111111111111,"n":4111111111111112}', '{"card":"[credit-card]","n":4111111111111112}'],
    ['4111111111111111', '"[credit-card]"'],
    ['{"card":[4111111111111111]}', '{"card":["[credit-card]"]}'],
    ['{"a":4111111111111111.00,"b":-4.111111111111111e15}', '{"a":"[credit-card]","b":"[credit-card]"}'],
    ['{"a":41111111111111110e-1,"b":4111111111111111.5}', '{"a":"[credit-card]","b":4111111111111111.5}'],
    ['{"10.0.0.1":{"ada@localhost":"4111\\u00a01111\\u00a01111\\u00a01111"}}', '{"[ip]":{"[email]":"[credit-card]"}}'],
    ['{"a":"ada\\uFF20example.com"}', '{"a":"[email]"}'],
    [
      '{"a":"\\b4111111111111111\\f","b":"CAFE R4111111111111111"}',
      '{"a":"\\b[credit-card]\\f","b":"CAFE R[credit-card]"}',
    ],
    ['{"a":"b4111111111111111x","b":"x4111111111111111b"}', '{"a":"b[credit-card]x","b":"x[credit-card]b"}'],
    ['{"a":"\\u2212.4111111111111111"}', '{"a":"−.[credit-card]"}'],
    ['{"a":"4111\u30001111\u30001111\u30001111"}', '{"a":"[credit-card]"}'],
    ['{"a":"27287489-5198-47bb-9471-228dbc152d51"}', '{"a":"27287489-5198-47bb-9471-228dbc152d51"}'],
    ['{"e":"{\\"to\\":\\"ada@example.com\\"}"}', '{"e":"{\\"to\\":\\"[email]\\"}"}'],
    ['{"half":"\\ud83d ada@example.com"}', '{"half":"\\ud83d [email]"}'],
    [
      '{"t":"2024-07-03T05:16:55.000Z","ns":1719983815000000004}',
      '{"t":"2024-07-03T05:16:55.000Z","ns":1719983815000000004}',
    ],
  ])('given %s, then %s', (json, expected) => {
    expect(passing({ redact: ALL }).send(json)).toBe(expected);
  });

  test('given several, then each is counted by what found it', () => {
    const { send, counted } = passing({ redact: ALL });
    send('{"a":"x@y.io, z@y.io","b":"10.0.0.1"}');

    expect(counted).toEqual({ email: 2, ip: 1 });
  });

  test('given only one detector, then the others are not looked for', () => {
    expect(passing({ redact: ['ip'] }).send('{"a":"x@y.io 10.0.0.1"}')).toBe('{"a":"x@y.io [ip]"}');
  });

  test('given a binary message that holds an address, then its base64 does not', () => {
    const message = Buffer.from('\xff\xfe id=ada@example.com \xff', 'latin1');
    const { json, facts } = passing({ redact: ALL }).message(message);

    expect(Buffer.from(JSON.parse(json) as string, 'base64').toString('latin1')).toBe('\xff\xfe id=[email] \xff');
    expect(facts.encoding).toBe(ENCODING.base64);
  });

  test('replaces all of an address beyond ASCII in a binary message', () => {
    const message = Buffer.concat([Buffer.from('to josé@exämple.fr\n'), Buffer.from([0xff])]);
    const { json } = passing({ redact: ALL }).message(message);

    expect(Buffer.from(JSON.parse(json) as string, 'base64').toString('latin1')).toBe('to [email]\n\xff');
  });
});

describe('paths', () => {
  const HASH = /^[0-9a-f]{32}$/;

  test.each([
    [{ drop: ['b'] }, '{"a":1, "b":2, "c":3}', '{"a":1, "c":3}'],
    [{ drop: ['a'] }, '{ "a":1, "b":2 }', '{ "b":2 }'],
    [{ drop: ['a', 'b'] }, '{"a":1,"b":2,"c":3}', '{"c":3}'],
    [{ drop: ['c', 'b'] }, '{"a":1,"b":{"x":[1]},"c":3}', '{"a":1}'],
    [{ drop: ['a', 'b'] }, '{"a":1,"b":2}', '{}'],
    [{ drop: ['a.b'] }, '{"a":{"b":1,"c":2}}', '{"a":{"c":2}}'],
    [{ drop: ['a.b'] }, '{"a.b":1,"a":{"c":2}}', '{"a":{"c":2}}'],
    [{ drop: ['a.b.c'] }, '{"a.b":{"c":1},"a":{"b.c":2,"d":3}}', '{"a.b":{},"a":{"d":3}}'],
    [{ drop: ['A.B'] }, '{"a":{"b":1}}', '{"a":{}}'],
    [{ drop: ['users.name'] }, '{"users":[{"name":"x","n":1},{"name":"y"}]}', '{"users":[{"n":1},{}]}'],
    [{ drop: ['name'] }, '{"\\u006eame":1,"b":2}', '{"b":2}'],
    [{ drop: ['a/b', 'c"d', 'e\\f'] }, '{"a\\/b":1,"c\\"d":2,"e\\\\f":3}', '{}'],
    [{ drop: ['key'] }, '{"\\u212Aey":1,"\u212aEY":2,"b":3}', '{"b":3}'],
    [{ drop: ['event_id.name'] }, '{"event_id":{"name":"x","n":1}}', '{"event_id":{"n":1}}'],
    [{ redact: ['event_id.name'] }, '{"event_id":[{"name":"x"}]}', '{"event_id":[{"name":"[redacted]"}]}'],
    [{ drop: ['b'] }, '{"a":{"b":1}}', '{"a":{"b":1}}'],
    [{ redact: ['a'] }, '{"a":{"x":1},"b":[2.0]}', '{"a":"[redacted]","b":[2.0]}'],
    [{ redact: ['a'] }, '{"a":null}', '{"a":null}'],
    [{ redact: ['email', 'a'], drop: ['a'] }, '{"a":1,"b":"x@y.io"}', '{"b":"[email]"}'],
  ])('given %j and %s, then %s', (rules, json, expected) => {
    expect(passing(rules).send(json)).toBe(expected);
  });

  test('hashes equal values alike in any spelling, and differently with another key', () => {
    const { send } = passing({ hash: ['user'] });
    const hashOf = (json: string): string => (JSON.parse(json) as { user: string }).user;
    const first = hashOf(send('{"user":"ada@example.com"}'));

    expect(first).toMatch(HASH);
    expect(hashOf(send('{"user":"\\u0061da@example.com"}'))).toBe(first);
    expect(hashOf(send('{"user":"bob"}'))).not.toBe(first);
    expect(hashOf(send('{"user":7}'))).toBe(hashOf(send('{"user":"7"}')));
    expect(hashOf(passing({ hash: ['user'] }, 'other').send('{"user":"ada@example.com"}'))).not.toBe(first);
  });

  test('given shapes with and without the key in turn, then each time it is found', () => {
    const { send } = passing({ drop: ['b'] });
    for (let i = 0; i < 3; i++) {
      expect(send('{"a":1}')).toBe('{"a":1}');
      expect(send('{"a":1,"b":2}')).toBe('{"a":1}');
      expect(send('{"b":[{"b":2}]}')).toBe('{}');
    }
  });

  test('given arrays of one shape, then the second is looked into as the first was', () => {
    const { send } = passing({ drop: ['a.b'] });
    expect(send('{"a":[{"c":1}]}')).toBe('{"a":[{"c":1}]}');
    expect(send('{"a":[{"b":1}]}')).toBe('{"a":[{}]}');
  });
});

describe('the event_id', () => {
  test.each([
    [{ redact: ['email'] }, '"ada@example.com"', '"bob@example.com"'],
    [{ redact: ['credit-card'] }, '4111111111111111', '5555555555554444'],
    [{ redact: ['event_id'] }, '"a"', '"b"'],
    [{ hash: ['event_id'] }, '"a"', '"b"'],
  ])('keeps ids distinct or equal for %j, with the right offset', (rules, one, other) => {
    const { send, passed } = passing(rules);
    const ids = [one, other, one].map(
      id => (JSON.parse(send(`{"event_id":${id},"n":1}`)) as { event_id: string }).event_id,
    );

    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(ids[1]).not.toBe(ids[0]);
    expect(ids[2]).toBe(ids[0]);
    for (const { json, facts } of passed) {
      expect(json.slice(facts.idStart, facts.idEnd)).toBe((JSON.parse(json) as { event_id: string }).event_id);
    }
  });
});

describe('--deny-type', () => {
  test.each([
    ['{"type":"debug"}', true],
    ['{"event_type":"debug"}', true],
    ['{"x":{"type":"debug"}}', false],
    ['{"type":"info","event_type":"debug"}', false],
    ['{"type":"","event_type":"debug"}', true],
    ['{"type":"d\\u0065bug"}', true],
    ['{ "type" : "debug" }', true],
    ['{"type":5,"event_type":"debug"}', false],
    ['{"type":null,"event_type":"debug"}', true],
    ['{"TYPE":"debug","type":"info"}', true],
    ['{"a":1,"type":"debug","b":2}', true],
    ['{"a":{"type":"info"},"event_type":"debug","type":""}', true],
    ['{"trace":{"type":"x"},"metric_value":1}', true],
    ['{"metric_name":"x"}', true],
    ['{"trace":{"spanId":"1"}}', false],
    ['{"level":"x","msg":"y"}', false],
    ['"debug"', false],
  ])('given %s, then denied is %s', (json, isDenied) => {
    const { send, passed, counted } = passing({ denyType: ['debug', 'metric'] });
    for (let i = 0; i < 2; i++) send(json);

    expect(passed[0]!.facts.encoding === ENCODING.denied).toBe(isDenied);
    expect(passed[0]!.json).toBe(isDenied ? '' : json);
    expect(passed[1]).toEqual(passed[0]);
    expect(counted.denied ?? 0).toBe(isDenied ? 2 : 0);
  });
});

test('keeps every byte that no rule names in any event, and its metadata', () => {
  const secret = 'ada@example.com';
  const json = fc.json({ depthSize: 'medium' }).map(text => text.replaceAll('@', ''));
  fc.assert(
    fc.property(json, fc.constantFrom('', ' ', '\n\t'), (value, space) => {
      const { send, passed } = passing({ redact: ['email'], drop: ['gone'], hash: ['hashed'] });
      const sent = `{${space}"gone"${space}:${space}${value},"kept":${value},"to":"${secret}","hashed":"${secret}"${space}}`;
      const stored = send(sent);

      expect(stored).not.toContain(secret);
      expect(stored).toMatch(/"to":"\[email\]","hashed":"[0-9a-f]{32}"/);
      expect(stored.startsWith(`{${space}"kept":${value},"to"`)).toBe(true);
      const plain = passing({});
      plain.send(stored);
      expect(passed.at(-1)!.facts).toEqual(plain.passed.at(-1)!.facts);
    }),
    { numRuns: propertyRuns(75) },
  );
});

test('computes the metadata of events of any shapes in turn from their bytes', () => {
  const value = fc.constantFrom(
    '1',
    '"x"',
    'null',
    '{"b":1}',
    '[{"b":2}]',
    '""',
    '4111111111111111',
    '"x@y.io"',
    '1.5',
  );
  const key = fc.constantFrom('a', 'b', 'c', 'B', 'event_id', 'x@y.io', '\\u0062', 'ü');
  const event = fc
    .array(fc.tuple(key, value), { maxLength: 5 })
    .map(members => `{${members.map(([name, of]) => `"${name}":${of}`).join(',')}}`);
  fc.assert(
    fc.property(fc.array(event, { minLength: 2, maxLength: 8 }), fc.constantFrom('event_id', 'c'), (events, path) => {
      const { send, passed } = passing({ redact: ALL, drop: ['b'], hash: ['a.b', path] });
      const plain = passing({});
      for (const json of [...events, ...events]) {
        const stored = send(json);
        plain.send(stored);
        expect(JSON.parse(stored)).not.toHaveProperty('b');
        expect(passed.at(-1)!.facts).toEqual(plain.passed.at(-1)!.facts);
      }
    }),
    { numRuns: propertyRuns(75) },
  );
});

test('finds the event_id of an event that has two, each at its own place', () => {
  const { send, passed } = passing({ redact: ALL, drop: ['b'], hash: ['c'] });
  const plain = passing({});
  // Twice: the second is looked up by its shape.
  for (let n = 0; n < 2; n++) plain.send(send('{"c":1,"event_id":1,"\\u0062":[{"b":2}],"event_id":""}'));

  expect(passed.map(({ facts }) => facts)).toEqual(plain.passed.map(({ facts }) => facts));
});

test('given an event of 1000 levels, then it is rewritten as any other', () => {
  const deep = `${'[{"a":'.repeat(499)}"x@y.io"${'}]'.repeat(499)}`;

  expect(passing({ redact: ['email'] }).send(deep)).toBe(deep.replace('x@y.io', '[email]'));
});
