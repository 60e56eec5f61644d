import { expect, test } from 'vitest';
import { freePort, hasProgram, startProgram } from '../helpers/programs.js';
import { serveInProcess } from '../helpers/server-in-process.js';
import { readStore, temporaryStore, until } from '../helpers/store.js';

const EXPORTER = 'prometheus-node-exporter';

test.skipIf(!hasProgram(EXPORTER))(
  `given ${EXPORTER}, when a server scrapes it, then what it exposes is in the store`,
  async () => {
    const store = temporaryStore();
    const address = `127.0.0.1:${await freePort()}`;
    startProgram(EXPORTER, [`--web.listen-address=${address}`]);
    const server = await serveInProcess({ store, args: ['--scrape', `${address}=200ms`] });
    const last = (sql: string): unknown => readStore<{ v: unknown }>(store, sql).at(-1)?.v;
    const metric = (name: string): string =>
      `from events where payload->>'metric_name' = '${name}' and payload->>'instance' = '${address}'`;

    await until(() => last(`select payload->>'metric_value' as v ${metric('up')}`) === 1, 'the exporter');
    await server.end();

    const memory = last(`select payload->>'metric_value' as v ${metric('node_memory_MemTotal_bytes')}`);
    expect(memory).toBeGreaterThan(1e6);
    expect(last(`select payload->>'metric_type' as v ${metric('node_cpu_seconds_total')}`)).toBe('counter');
    expect(last(`select json_array_length(payload, '$.quantiles') as v ${metric('go_gc_duration_seconds')}`)).toBe(5);
    const samples = last(`select max(payload->>'metric_value') as v ${metric('scrape_samples_scraped')}`);
    expect(samples).toBeGreaterThan(100);
    expect(readStore(store, 'select * from streams')).toHaveLength(1);
  },
);
