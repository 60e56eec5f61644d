import { expect, test } from 'vitest';
import { rowsOf } from '../../../src/query/result/rows.js';
import { inferredType, readKind, typeInference } from '../../../src/processors/validate/event-kind.js';
import { createFixture } from '../../query/fixture.js';

const EVENTS = [
  '{}',
  '{"type":"log","name":"a"}',
  '{"event_type":"x","type":""}',
  '{"telemetry_type":"t","event_type":"e","Event_Name":"N"}',
  '{"type":null,"event_type":5,"event":"sp","name":{"a":1}}',
  '{"metric_name":"cpu","metric_value":1}',
  '{"metric_value":null,"span_id":"1","operation_name":"op"}',
  '{"trace":{"spanId":"1"},"name":"GET /"}',
  '{"trace.spanId":"1","msg":"m"}',
  '{"level":"INFO","msg":"m"}',
  '{"level":"INFO"}',
  '{"log":{"level":"x"},"body":{"stringValue":"m"}}',
  '{"severityNumber":9,"message":["m"]}',
  '{"ty\\u0070e":"escaped","n\\u0061me":"n"}',
  '{ "nested" : {"type":"no","name":"no"} , "type" : "l\\u006fg" }',
];

test.each(EVENTS)('given %s, then its type and name are those of the columns', async json => {
  const session = await createFixture(json).open();
  const bytes = Buffer.from(`[${json}]`);

  const { type, name } = readKind(bytes, 1);

  const [columns] = await rowsOf(await session.query('select type, name from events'));
  expect([type ?? inferredType(JSON.parse(json) as object), name ?? null]).toEqual(columns);
});

test('the type of events of one shape follows from the value of their level', () => {
  const infer = typeInference();
  const typeOf = (json: string): string => infer(7, Buffer.from(json), 0, json.length);

  expect(typeOf('{"event":"level_up","level":5}')).toBe('event');
  expect(typeOf('{"event":"started","level":30}')).toBe('log');
  expect(typeOf('{"event":"level_up","level":6}')).toBe('event');
});
