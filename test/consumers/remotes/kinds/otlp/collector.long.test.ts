import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { OTLP_KIND } from '../../../../../src/consumers/remotes/kinds/otlp/kind.js';
import { PROTOCOLS, sendLogs, sendMetrics, sendSpans } from '../../../../helpers/otlp-sdk.js';
import { batchOf, connectRemote, remoteOf } from '../../../../helpers/remotes.js';
import { endServers, serve } from '../../../../helpers/server.js';
import { payloads, temporaryStore, until } from '../../../../helpers/store.js';

afterAll(endServers);

const SCRIPT = fileURLToPath(new URL('../../../../../scripts/engines/otel-collector.sh', import.meta.url));
const MISSING = 69;

/** The values that the script prints; undefined where the Collector has not been built. */
function startCollector(exportUrl: string): Map<string, string> | undefined {
  const { status, stdout, stderr } = spawnSync(SCRIPT, ['start'], {
    encoding: 'utf8',
    env: { ...process.env, EXPORT_URL: exportUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status === MISSING) return undefined;
  expect(status, stderr).toBe(0);
  const values = new Map(stdout.split('\n').map(line => line.split('=', 2) as [string, string]));
  onTestFinished(() => void spawnSync(SCRIPT, ['stop', values.get('DIR')!]));
  return values;
}

describe('the OpenTelemetry Collector (skipped where it has not been built)', () => {
  test.for([
    ['GRPC', 'otlp+grpc://'],
    ['URL', 'otlp://'],
  ] as const)('given events of an SDK, then it passes them on unchanged (%s)', async ([key, protocol], { skip }) => {
    const [from, to] = [await serve({ store: temporaryStore() }), await serve({ store: temporaryStore() })];
    const exporters = () => PROTOCOLS['http/protobuf'](from.url);
    await sendSpans(exporters());
    await sendLogs(exporters());
    await sendMetrics(exporters());
    const collector = startCollector(to.url);
    if (!collector) return skip('the Collector has not been built: scripts/engines/otel-collector.sh install');
    const url = `${protocol}${collector.get(key)!.replace('http://', '')}`;
    await (await connectRemote(from.store, OTLP_KIND, remoteOf(url))).send(await batchOf(from.store));

    const sent = payloads(from.store);
    await until(() => payloads(to.store).length >= sent.length, 'the events of the Collector');
    const received = payloads(to.store).map(payload => payload.replace(/,"event_id":"[\da-f:]+"/, ''));
    expect(received.sort()).toEqual(sent.sort());
  });
});
