import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { startServer } from '../../../src/server/server.js';
import { serverOptions } from '../../helpers/server-options.js';
import { payloads, storedStreams, temporaryStore, until } from '../../helpers/store.js';

test('given a server that measures its host, when two samples are taken, then machine and server are in the store, as one stream', async () => {
  const store = temporaryStore();
  const said: string[] = [];
  const server = await startServer(
    serverOptions(store, { maxEventSize: 10_000, sources: { hostMetrics: 100 }, log: text => void said.push(text) }),
  );
  const events = () => payloads(store).map(payload => JSON.parse(payload) as Record<string, unknown>);
  const named = (name: string) => events().filter(event => event.metric_name === name);
  await until(() => named('process_uptime').length > 1);
  await server.stop();

  expect(said).toEqual([]);
  expect(named('memory_total')[0]).toEqual({
    time: expect.any(String) as string,
    type: 'metric',
    metric_name: 'memory_total',
    metric_type: 'gauge',
    service_name: 'host',
    host_name: hostname(),
    metric_value: expect.any(Number) as number,
    metric_unit: 'bytes',
  });
  for (const name of ['cpu_usage', 'swap_used', 'disk_usage', 'load_1m', 'uptime', 'network_sent_bytes']) {
    expect(named(name), name).not.toEqual([]);
  }
  expect(named('network_sent_bytes')[0]).toHaveProperty('interface');
  for (const name of ['process_cpu_usage', 'process_memory', 'process_event_loop_delay_p99']) {
    expect(named(name)[0], name).toMatchObject({ service_name: 'telemetry' });
  }
  expect(storedStreams(store)).toMatchObject([{ transport: 'host-metrics', events: events().length }]);
});
