import type { ClickHouseClient } from '@clickhouse/client';
import { TelemetryError } from '../../../../core/errors.js';
import type { Remote } from '../../remote.js';
import { optionsOf } from './options.js';

/** Request timeout in milliseconds: a server may wait for merges before it accepts an insert. */
const REQUEST_TIMEOUT_MS = 10 * 60 * 1000;

/**
 * Opens a client, which connects with its first request.
 * @throws TelemetryError `failure` when its package is not installed.
 */
export async function openClient(remote: Remote): Promise<ClickHouseClient> {
  const { createClient, ClickHouseLogLevel } = await load();
  const { url, user, password, database } = optionsOf(remote);
  return createClient({
    url,
    username: user,
    password,
    database,
    application: 'telemetry',
    http_headers: { ...remote.headers },
    request_timeout: REQUEST_TIMEOUT_MS,
    log: { level: ClickHouseLogLevel.OFF },
  });
}

async function load(): Promise<typeof import('@clickhouse/client')> {
  try {
    return await import('@clickhouse/client');
  } catch (error) {
    throw new TelemetryError('failure', 'ClickHouse needs the optional package @clickhouse/client', {
      remedy: 'Install telemetry with its optional dependencies: npm install --include=optional.',
      cause: error,
    });
  }
}

/** Quotes a name for ClickHouse's SQL. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}
