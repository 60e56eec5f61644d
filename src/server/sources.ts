import { setMaxListeners } from 'node:events';
import { hostMetricsTransport } from '../receivers/host/host-metrics.js';
import type { Intake } from '../receivers/intake.js';
import { scrapeTransport, type ScrapeTarget } from '../receivers/scrape/scrape.js';
import { statsdTransport, type StatsdAddress } from '../receivers/datagram/statsd.js';
import { syslogTransport, type ListeningSource, type SyslogAddress } from '../receivers/datagram/syslog.js';

/** Sources of events other than requests. */
export interface SourceOptions {
  readonly scrape?: readonly ScrapeTarget[];
  /** The interval of host metrics, in milliseconds. */
  readonly hostMetrics?: number | undefined;
  readonly syslog?: SyslogAddress | undefined;
  readonly statsd?: StatsdAddress | undefined;
}

/** Running sources. */
export interface Sources {
  /** The ports of listening sources, by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** Datagrams that the operating system dropped, by source. */
  readonly dropped: () => ReadonlyMap<string, number>;
  /** Stops the sources. Resolves once their last events have been appended. */
  stop(): Promise<void>;
}

/**
 * Starts the configured sources.
 * @throws TelemetryError `failure` when an address is not available.
 */
export async function startSources(
  intake: Intake,
  {
    sources = {},
    version,
    log = () => undefined,
  }: { sources?: SourceOptions; version: string; log?: (text: string) => void },
  crash: (error: Error) => void,
): Promise<Sources> {
  const ending = new AbortController();
  const { signal } = ending;
  // Each target adds a listener, and Node warns of a leak above ten.
  setMaxListeners(0, signal);
  const { scrape = [], hostMetrics, syslog, statsd } = sources;
  const listening = new Map<string, ListeningSource>();
  const stopListening = async (): Promise<void> => {
    for (const source of listening.values()) await source.stop();
  };
  try {
    if (syslog) listening.set('syslog', await syslogTransport(intake, syslog, { log }));
    if (statsd) listening.set('statsd', await statsdTransport(intake, statsd, { log, crash }));
  } catch (error) {
    await stopListening();
    throw error;
  }
  const context = { userAgent: `telemetry/${version}`, log, signal };
  const running = scrape.map(target => scrapeTransport(intake, target, context));
  if (hostMetrics !== undefined) running.push(hostMetricsTransport(intake, { intervalMs: hostMetrics, log, signal }));
  for (const source of running) source.catch(crash);

  return {
    ports: Object.fromEntries(Array.from(listening, ([name, { port }]) => [name, port])),
    dropped: () => new Map(Array.from(listening, ([name, source]) => [name, source.dropped()])),
    async stop() {
      ending.abort();
      await stopListening();
      await Promise.allSettled(running);
    },
  };
}
