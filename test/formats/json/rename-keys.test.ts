import { expect, test } from 'vitest';
import { jsonStream } from '../../../src/formats/json/stream.js';
import { renameKeys } from '../../../src/formats/json/rename-keys.js';

function rename(names: Record<string, string>, event: string): string {
  const events: string[] = [];
  const options = { maxEventBytes: 10_000 };
  const keyNames = Object.entries(names).map(([to, from]) => ({ to, from }));
  const sink = renameKeys(
    keyNames,
    (bytes, start, end) => events.push(Buffer.from(bytes.subarray(start, end)).toString()),
    options,
  );
  void jsonStream(sink, options).write(Buffer.from(`${event}\n`));
  expect(events).toHaveLength(1);
  return events[0]!;
}

test.each([
  [{ time: 'ts' }, '{"a": 1.0, "ts":1e3}', '{"a":1.0,"time":1e3}'],
  [{ time: 'ts' }, '{"time":"x","ts":1}', '{"original_time":"x","time":1}'],
  [{ time: 'ts' }, '{"event_time":"x","ts":1}', '{"original_event_time":"x","time":1}'],
  [{ time: 'ts' }, '{"Time":"x","ts":1}', '{"original_Time":"x","time":1}'],
  [{ time: 'meta.ts' }, '{"meta":{"ts":1}}', '{"time":1,"meta":{"ts":1}}'],
  [{ time: 'a.b' }, '{"a.b":1,"a":{"b":2}}', '{"time":1,"a":{"b":2}}'],
  [{ type: 'kind', name: 'action' }, '{"kind":"k","action":"a"}', '{"type":"k","name":"a"}'],
  [{ type: 'type' }, '{"type":"k"}', '{"type":"k"}'],
  [{ a: 'b', b: 'a' }, '{"a":1,"b":2}', '{"b":1,"a":2}'],
  [{ time: 'ts' }, '{"other":  1}', '{"other":  1}'],
  [{ time: 'ts' }, '[1]', '[1]'],
  [{ time: 'é"' }, '{"\\u00e9\\"":1}', '{"time":1}'],
])('given the names %j, when %s is renamed, then it is %s', (names, event, renamed) => {
  expect(rename(names as Record<string, string>, event)).toBe(renamed);
});
