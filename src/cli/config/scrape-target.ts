import { parseDuration } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import type { ScrapeTarget } from '../../receivers/scrape/scrape.js';
import { interval } from './values.js';

/** Default scrape interval, that of Prometheus. */
export const DEFAULT_SCRAPE_INTERVAL = '1m';

/** Default scrape timeout, that of Prometheus. The interval caps it. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** The `job` of a target that names none. */
const DEFAULT_JOB = 'scrape';

/** Default path of a target, that of Prometheus. */
const DEFAULT_PATH = '/metrics';

const KEYS = ['url', 'interval', 'timeout', 'job', 'token', 'labels'];

const EXAMPLE = 'Write it like localhost:9100 or http://localhost:9100/metrics=15s.';

/**
 * Parses a target on the command line: `URL` or `URL=INTERVAL`. The scheme and the path are optional.
 * @throws TelemetryError `usage`
 */
export function scrapeTarget(text: string): ScrapeTarget {
  const at = text.lastIndexOf('=');
  const isInterval = at >= 0 && isDuration(text.slice(at + 1));
  return target(
    isInterval ? { url: text.slice(0, at), interval: text.slice(at + 1) } : { url: text, interval: undefined },
  );
}

/**
 * Parses a target in a config file: `{"url": ..., "interval": "15s", "timeout": "5s", "job": "node", "token": ..., "labels": {"env": "dev"}}`.
 * @throws TelemetryError `usage`
 */
export function scrapeTargetOf(value: Readonly<Record<string, unknown>>): ScrapeTarget {
  for (const key of Object.keys(value)) {
    if (!KEYS.includes(key)) {
      throw new TelemetryError('usage', `unknown key "${key}" in a scrape target`, {
        remedy: `The keys are ${KEYS.join(', ')}.`,
      });
    }
  }
  const text = (key: string): string | undefined => {
    const found = value[key];
    if (found === undefined || (typeof found === 'string' && found !== '')) return found;
    throw new TelemetryError('usage', `the ${key} of a scrape target is not a string: ${JSON.stringify(found)}`);
  };
  const url = text('url');
  if (url === undefined) throw new TelemetryError('usage', 'a scrape target has no url', { remedy: EXAMPLE });
  const timeout = text('timeout');
  return target({
    url,
    interval: text('interval'),
    timeout: timeout === undefined ? undefined : parseDuration(timeout),
    job: text('job'),
    token: text('token'),
    labels: labelsOf(value.labels),
  });
}

/** Formats a target without its credentials, for `telemetry config`. */
export function scrapeTargetShown({ url, intervalMs }: ScrapeTarget): string {
  const shown = new URL(url);
  if (shown.username || shown.password) shown.username = shown.password = '***';
  if (shown.search !== '') shown.search = '?***';
  return `${shown.href}=${intervalMs}ms`.replace(/=(\d+)000ms$/, '=$1s');
}

function target(given: {
  readonly url: string;
  readonly interval: string | undefined;
  readonly timeout?: number | undefined;
  readonly job?: string | undefined;
  readonly token?: string | undefined;
  readonly labels?: Readonly<Record<string, string>>;
}): ScrapeTarget {
  const url = endpoint(given.url);
  const intervalMs = interval(given.interval ?? DEFAULT_SCRAPE_INTERVAL);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const labels = { job: given.job ?? DEFAULT_JOB, instance: `${url.hostname}:${port}`, ...given.labels };
  return {
    url: url.href,
    token: given.token,
    intervalMs,
    timeoutMs: Math.min(given.timeout ?? DEFAULT_TIMEOUT_MS, intervalMs),
    labels: Object.entries(labels),
  };
}

function endpoint(text: string): URL {
  const full = /^[a-z][a-z+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(full) || !/^https?:$/.test(new URL(full).protocol)) {
    throw new TelemetryError('usage', `"${text}" is not the URL of a scrape target`, { remedy: EXAMPLE });
  }
  const url = new URL(full);
  try {
    decodeURIComponent(`${url.username}:${url.password}`);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new TelemetryError('usage', `the user or password of the scrape target ${url.host} is not percent-encoded`, {
      remedy: 'Write % as %25.',
      cause: error,
    });
  }
  if (url.pathname === '/' && !/^[^/]*:\/\/[^/?#]*\//.test(full)) url.pathname = DEFAULT_PATH;
  return url;
}

function labelsOf(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [['', undefined] as const];
  for (const [name, text] of entries) {
    if (typeof text !== 'string' || name === '') {
      throw new TelemetryError(
        'usage',
        `the labels of a scrape target are not an object of strings: ${JSON.stringify(value)}`,
        {
          remedy: 'Write them like {"env": "dev"}.',
        },
      );
    }
  }
  return Object.fromEntries(entries);
}

function isDuration(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch (error) {
    if (error instanceof TelemetryError) return false;
    throw error;
  }
}
