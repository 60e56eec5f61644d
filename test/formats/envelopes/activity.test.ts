import { describe, expect, test } from 'vitest';
import type { EventSink } from '../../../src/core/event.js';
import { activityEvents } from '../../../src/formats/envelopes/activity.js';
import { decodeText } from '../../helpers/decode.js';

const make =
  (truncateOversize = false) =>
  (sink: EventSink) =>
    activityEvents(sink, { maxEventBytes: 1_000_000, maxRequestBytes: 10_000_000, truncateOversize });

const event = (more: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({
    event_id: 'e1',
    event_time: '2026-11-22T20:54:39.821Z',
    event_type: 'behavioral',
    event_name: 'login-start',
    ...more,
  });

describe('activity events', () => {
  test.each([
    ['one object', event(), [event()]],
    ['lines', `${event()}\n${event({ event_id: 'e2' })}\n`, [event(), event({ event_id: 'e2' })]],
    ['an array', `[ ${event()} ,\n${event({ n: 1 })}]`, [event(), event({ n: 1 })]],
    ['nothing', '', []],
    ['an empty array', '[]', []],
    ['a RecordEventsRequest', `{ "events" : [${event()} ,\n${event({ n: 1 })}] }`, [event(), event({ n: 1 })]],
    ['a RecordEventsRequest without events', '{"events":[]}{"events":null}', []],
    ['an event with events', event({ events: [1] }), [event({ events: [1] })]],
  ])('given %s, then each object is an event, as it was sent', async (_, body, texts) => {
    expect(await decodeText(make(), body)).toMatchObject({ texts, error: undefined });
  });

  test("keeps the sender's numbers and spacing, and the offset of the id", async () => {
    const sent = event().replace('{', '{ "n":12345678901234567890.10 , ');

    const { events } = await decodeText(make(), sent);

    expect(events).toMatchObject([{ text: sent, id: 'e1' }]);
  });

  test.each([
    ['event_id', undefined, 'event 1: event_id is missing'],
    ['event_id', 5, 'event 1: event_id must be a string'],
    ['event_id', '', 'event 1: event_id is empty'],
    ['event_time', undefined, 'event 1: event_time is missing'],
    ['event_time', 1713943647, 'event 1: event_time must be a string'],
    ['event_time', 'yesterday', 'event 1: event_time "yesterday" is not an ISO 8601 time'],
    ['event_time', '2026-02-30T00:00:00Z', 'is not an ISO 8601 time'],
    ['event_type', null, 'event 1: event_type must be a string'],
    ['event_name', ['x'], 'event 1: event_name must be a string'],
    ['event_name', undefined, 'event 1: event_name is missing'],
  ])('given %s of %j, then the error names the index and the field', async (field, value, message) => {
    const { error } = await decodeText(make(), `[${event()},${event({ [field]: value })}]`);

    expect(error).toMatchObject({ reason: 'invalid_event', index: 1, field });
    expect(error?.message).toContain(message);
  });

  test.each(['5', '{}', '"x"'])('refuses a RecordEventsRequest whose events are %s', async events => {
    const { error } = await decodeText(make(), `{"events":${events}}`);

    expect(error).toMatchObject({ reason: 'invalid_event', index: 0, field: 'events' });
  });

  test('counts the events of a RecordEventsRequest for the error about one of them', async () => {
    const { error } = await decodeText(make(), `{"events":[${event()},${event({ event_name: '' })}]}`);

    expect(error).toMatchObject({ reason: 'invalid_event', index: 1, field: 'event_name' });
  });

  test.each(['"text"', '5', 'null', '[]'])('given %s for an event, then the error says so', async value => {
    const { error } = await decodeText(make(), `[${event()},${value}]`);

    expect(error).toMatchObject({ reason: 'invalid_event', index: 1, field: undefined });
  });

  test.each([
    [event().replace('}', ',"event_id":"e2"}'), 'event_id is there twice'],
    [event().replace('event_id', 'event\\u005fid'), 'event_id is spelled with escapes'],
  ])('given an id that not all would read alike, then it is refused', async (sent, problem) => {
    const { error } = await decodeText(make(), sent);

    expect(error).toMatchObject({ reason: 'invalid_event', index: 0, field: 'event_id' });
    expect(error?.message).toContain(problem);
  });
});

describe('an activity event that is too large', () => {
  const padded = (size: number) => event({ z: 'x'.repeat(size - event({ z: '' }).length) });

  test('accepts 32 KiB, and refuses one more byte with the index of the event', async () => {
    expect(await decodeText(make(), padded(32_768))).toMatchObject({ texts: [padded(32_768)] });
    const { error } = await decodeText(make(), `[${event()},${padded(32_769)}]`);
    expect(error).toMatchObject({
      reason: 'event_too_large',
      index: 1,
      message: 'event 1: the event has 32769 bytes, more than 32768',
    });
  });

  test('truncates to the envelope, with the reason and a known id', async () => {
    const { events } = await decodeText(make(true), `${padded(2_000_000)}\n${event({ event_id: 'next' })}`);

    expect(events.map(({ id }) => id)).toEqual(['e1', 'next']);
    expect(JSON.parse(events[0]!.text)).toEqual({
      ...(JSON.parse(event()) as object),
      truncated: true,
      reason: 'the event has 2000000 bytes, more than 32768',
    });
  });

  test('given truncation and an envelope that is too large itself, then it is refused', async () => {
    const { error } = await decodeText(make(true), event({ event_name: 'x'.repeat(40_000) }));

    expect(error).toMatchObject({ reason: 'event_too_large', index: 0 });
  });
});
