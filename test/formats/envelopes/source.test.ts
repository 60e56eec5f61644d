import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventSink } from '../../../src/core/event.js';
import { sourceEnvelopes } from '../../../src/formats/envelopes/source.js';
import { decodeText } from '../../helpers/decode.js';

const make =
  (kind?: string, maxEventBytes = 10_000) =>
  (sink: EventSink) =>
    sourceEnvelopes(sink, { maxEventBytes, maxRequestBytes: 1_000_000, kind });

const HEAD = '"application":"trento","telemetry_type":"host_telemetry","time":"2021-11-23T11:04:02.462687463+01:00"';
const enveloped = (payload: string, head = HEAD) => `{${head},"payload":${payload}}`;

describe('source envelopes', () => {
  test.each([
    ['an array', '[{"a":1.50},{"b":[1e400]}]', [`{${HEAD},"a":1.50}`, `{${HEAD},"b":[1e400]}`]],
    ['an object', '{"a":1}', [`{${HEAD},"a":1}`]],
    ['an empty object', '{ }', [`{${HEAD}}`]],
    ['a number', '12345678901234567890', [`{${HEAD},"payload":12345678901234567890}`]],
    ['an array of what are no objects', '["x",null,[1]]', ['"x"', 'null', '[1]'].map(v => `{${HEAD},"payload":${v}}`)],
    ['an empty array', '[]', []],
  ])('given a payload that is %s, then its events carry the fields of the envelope', async (_, payload, texts) => {
    expect(await decodeText(make(), enveloped(payload))).toMatchObject({ texts, error: undefined });
  });

  test('given an element with fields of the envelope, then its own win, its time too', async () => {
    const { texts } = await decodeText(
      make(),
      enveloped('[{"time":"2022-01-01T00:00:00Z","application":1,"payload":2}]'),
    );

    expect(texts).toEqual([
      '{"telemetry_type":"host_telemetry","time":"2022-01-01T00:00:00Z","application":1,"payload":2}',
    ]);
  });

  test('given more fields in the envelope, then the events carry them as well', async () => {
    const { texts } = await decodeText(make(), enveloped('[{"a":1}]', `"version":1.0,${HEAD}`));

    expect(texts).toEqual([`{"version":1.0,${HEAD},"a":1}`]);
  });

  test('given elements with an event_id, then it is where it stands', async () => {
    const { events } = await decodeText(make(), enveloped('[{"event_id":"x1"},{"event_id":7}]'));

    expect(events.map(({ id }) => id)).toEqual(['x1', '7']);
  });

  test('gives elements of an array the kind of the path, unless they have one', async () => {
    const { texts } = await decodeText(make('ho"sts'), '[{"a":1},{"telemetry_type":"own"}]');

    expect(texts).toEqual(['{"telemetry_type":"ho\\"sts","a":1}', '{"telemetry_type":"own"}']);
  });

  test.each([
    ['application', 'is missing'],
    ['telemetry_type', 'is missing'],
    ['time', 'is missing'],
    ['payload', 'is missing'],
  ])('given no %s, then the error names it, with a kind in the path as well', async (field, problem) => {
    const envelope = JSON.parse(enveloped('[{}]')) as Record<string, unknown>;
    const body = JSON.stringify({ ...envelope, [field]: undefined });
    for (const kind of [undefined, 'hosts']) {
      const { error, texts } = await decodeText(make(kind), body);
      expect(error).toMatchObject({ reason: 'invalid_event', index: 0, field });
      expect(error?.message).toBe(`envelope 0: ${field} ${problem}`);
      expect(texts).toEqual([]);
    }
  });

  test.each([
    ['{"application":1,"telemetry_type":"t","time":"2022-01-01","payload":{}}', 'application must be a string'],
    ['{"application":"a","telemetry_type":"","time":"2022-01-01","payload":{}}', 'telemetry_type is empty'],
    ['{"application":"a","telemetry_type":"t","time":"noon","payload":{}}', 'time "noon" is not an ISO 8601 time'],
    ['{"application":"a","telemetry_type":"t","time":"2022-01-01","payload":null}', 'payload is null'],
    [enveloped('[]').replace('}', ',"payload":[]}'), 'payload is there twice'],
    ['[{"a":1}]', 'needs its kind in the path'],
    ['"text"', 'envelope 0 is not an object'],
    [' ', 'the body is empty'],
    [`${enveloped('[]')} {}`, 'envelope 1: application is missing'],
  ])('given %s, then the error says what is wrong', async (body, message) => {
    const { error } = await decodeText(make(), body);

    expect(error?.reason).toBe('invalid_event');
    expect(error?.message).toContain(message);
  });

  test('given an event that is too large with its envelope, then the error says which', async () => {
    const { error } = await decodeText(make(undefined, 200), enveloped(`[{},{"a":"${'x'.repeat(100)}"}]`));

    expect(error).toMatchObject({ reason: 'event_too_large' });
    expect(error?.message).toContain('envelope 0, element 1');
  });

  test('merges any payload object over its envelope', async () => {
    const objects = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 2 })), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(objects, fc.constantFrom(undefined, 2), async (elements, indent) => {
        const envelope = { application: 'a', telemetry_type: 't', time: '2022-01-01', extra: [1] };
        const { events, error } = await decodeText(
          make(),
          JSON.stringify({ ...envelope, payload: elements }, null, indent),
        );
        expect(error).toBeUndefined();
        expect(events.map(({ text }) => JSON.parse(text) as unknown)).toEqual(
          elements.map(element => JSON.parse(JSON.stringify({ ...envelope, ...element })) as unknown),
        );
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});
