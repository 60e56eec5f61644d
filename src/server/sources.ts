import type { Intake } from '../transports/intake.js';
import { scrapeTransport, type ScrapeTarget } from '../transports/scrape.js';

/** Where the server takes events from besides those that are sent to its own address. */
export interface SourceOptions {
  readonly scrape?: readonly ScrapeTarget[];
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
  const { scrape = [] } = sources;
  const context = { userAgent: `telemetry/${version}`, say, signal };
  const underWay = scrape.map(target => scrapeTransport(intake, target, context));
  for (const source of underWay) source.catch(crash);

  return {
    async stop() {
      ending.abort();
      await Promise.allSettled(underWay);
    },
  };
}
