import { CREATE_READER, startPostgres } from '../../helpers/postgres.js';
import { addRemote, forwardTo, openReader } from '../../helpers/remotes.js';
import type { Dialect } from './dialect.js';
import { testConformance } from './suite.js';

const POSTGRES: Dialect = {
  events: 'events',
  id: 'event_id',
  column: name => `"${name}"`,
  micros: column => `(extract(epoch from "${column}") * 1000000)::bigint`,
  nanos: 'time_ns',
  payload: 'payload_text',
  key: name => `payload->>'${name}'`,
  state: name =>
    `case when not payload ? '${name}' then 'missing' when payload->'${name}' = 'null' then 'null' else 'value' end`,
  integer: name => `(payload->>'${name}')::numeric`,
  text: value => `(${value})::text`,
  nul: '\ufffd',
};

testConformance('PostgreSQL', async dir => {
  const server = await startPostgres();
  if ('missing' in server) return server.missing;
  addRemote(dir, 'pg', server.url, { batch: 700, options: { reader: 'telemetry_reader' } });
  await forwardTo(dir, 'pg');
  await server.ask(CREATE_READER);
  const reader = await openReader(dir, 'pg');
  return {
    dialect: POSTGRES,
    query: sql => reader.query(sql),
    async close() {
      await reader.close();
      await server.stop();
    },
  };
});
