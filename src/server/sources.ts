import { setMaxListeners } from 'node:events';
import { hostMetricsTransport } from '../receivers/host/host-metrics.js';
import type { Intake } from '../receivers/intake.js';
import { scrapeTransport, type ScrapeTarget } from '../receivers/scrape/scrape.js';
import { statsdTransport, type StatsdAddress } from '../receivers/datagram/statsd.js';
import { syslogTransport, type ListeningSource, type SyslogAddress } from '../receivers/datagram/syslog.js';

/** Where the server takes events from besides those that are sent to its own address. */
export interface SourceOptions {
  readonly scrape?: readonly ScrapeTarget[];
  /** How often the machine and the server are measured, in milliseconds. */
  readonly hostMetrics?: number | undefined;
  readonly syslog?: SyslogAddress | undefined;
  readonly statsd?: StatsdAddress | undefined;
}

/** Sources under way. */
export interface Sources {
  /** The ports of those that listen, by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** Datagrams that the system threw away, by source. */
  readonly dropped: () => ReadonlyMap<string, number>;
  /** Ends them; what they have is appended when it resolves. */
  stop(): Promise<void>;
}

/**
 * Starts the sources that were asked for.
 * @throws TelemetryError `failure` when an address to listen on cannot be had.
 */
export async function startSources(
  intake: Intake,
  {
    sources = {},
    version,
    say = () => undefined,
  }: { sources?: SourceOptions; version: string; say?: (text: string) => void },
  crash: (error: Error) => void,
): Promise<Sources> {
  const ending = new AbortController();
  const { signal } = ending;
  // Each target listens: Node warns of a leak past ten.
  setMaxListeners(0, signal);
  const { scrape = [], hostMetrics, syslog, statsd } = sources;
  const listening = new Map<string, ListeningSource>();
  const stopListening = async (): Promise<void> => {
    for (const source of listening.values()) await source.stop();
  };
  try {
    if (syslog) listening.set('syslog', await syslogTransport(intake, syslog, { say }));
    if (statsd) listening.set('statsd', await statsdTransport(intake, statsd, { say, crash }));
  } catch (error) {
    await stopListening();
    throw error;
  }
  const context = { userAgent: `telemetry/${version}`, say, signal };
  const underWay = scrape.map(target => scrapeTransport(intake, target, context));
  if (hostMetrics !== undefined) underWay.push(hostMetricsTransport(intake, { intervalMs: hostMetrics, say, signal }));
  for (const source of underWay) source.catch(crash);

  return {
    ports: Object.fromEntries(Array.from(listening, ([name, { port }]) => [name, port])),
    dropped: () => new Map(Array.from(listening, ([name, source]) => [name, source.dropped()])),
    async stop() {
      ending.abort();
      await stopListening();
      await Promise.allSettled(underWay);
    },
  };
}
