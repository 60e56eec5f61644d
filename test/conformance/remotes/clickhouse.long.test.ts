import { startEngine } from '../../helpers/engines.js';
import { addRemote, forwardTo, openReader } from '../../helpers/remotes.js';
import type { Dialect } from './dialect.js';
import { testConformance } from './suite.js';

const CLICKHOUSE: Dialect = {
  events: 'events',
  id: 'event_id',
  column: name => `\`${name}\``,
  micros: column => (column === 'time' ? 'time_us' : 'toUnixTimestamp64Micro(received_at)'),
  nanos: 'time_ns',
  payload: 'payload_text',
  key: name => `multiIf(JSONType(payload_text, '${name}') = 'Null', null,
    JSONType(payload_text, '${name}') = 'String', JSONExtractString(payload_text, '${name}'),
    JSONExtractRaw(payload_text, '${name}'))`,
  state: name => `multiIf(not JSONHas(payload_text, '${name}'), 'missing',
    JSONType(payload_text, '${name}') = 'Null', 'null', 'value')`,
  integer: name => `toInt128(JSONExtractInt(payload_text, '${name}'))`,
  text: value => `toString(${value})`,
  nul: '\0',
};

testConformance('ClickHouse', async dir => {
  const engine = await startEngine('clickhouse');
  if ('missing' in engine) return engine.missing;
  addRemote(dir, 'ch', engine.values.URL!, { batch: 700 });
  await forwardTo(dir, 'ch');
  const reader = await openReader(dir, 'ch');
  return {
    dialect: CLICKHOUSE,
    query: sql => reader.query(sql),
    async close() {
      await reader.close();
      await engine.stop();
    },
  };
});
