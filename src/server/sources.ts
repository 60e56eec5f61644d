import { hostMetricsTransport } from '../transports/host-metrics.js';
import type { Intake } from '../transports/intake.js';
import { scrapeTransport, type ScrapeTarget } from '../transports/scrape.js';

/** Where the server takes events from besides those that are sent to its own address. */
export interface SourceOptions {
  readonly scrape?: readonly ScrapeTarget[];
  /** How often the machine and the server are measured, in milliseconds. */
  readonly hostMetrics?: number | undefined;
}

/** Sources under way. */
export interface Sources {
  /** Ends them; what they have is appended when it resolves. */
  stop(): Promise<void>;
}

/** Starts the sources that were asked for. */
export function startSources(
  intake: Intake,
  {
    sources = {},
    version,
    say = () => undefined,
  }: { sources?: SourceOptions; version: string; say?: (text: string) => void },
  crash: (error: Error) => void,
): Sources {
  const ending = new AbortController();
  const { signal } = ending;
  const { scrape = [], hostMetrics } = sources;
  const context = { userAgent: `telemetry/${version}`, say, signal };
  const underWay = scrape.map(target => scrapeTransport(intake, target, context));
  if (hostMetrics !== undefined) underWay.push(hostMetricsTransport(intake, { intervalMs: hostMetrics, say, signal }));
  for (const source of underWay) source.catch(crash);

  return {
    async stop() {
      ending.abort();
      await Promise.allSettled(underWay);
    },
  };
}
