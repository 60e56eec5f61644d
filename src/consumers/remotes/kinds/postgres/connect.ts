import type { Client, ClientConfig } from 'pg';
import { messageOf, TelemetryError } from '../../../../core/errors.js';
import type { Remote } from '../../remote.js';
import type { Driver } from './driver.js';
import { sendError } from './errors.js';
import { passwordInFile } from './password-file.js';

/** Timeout of a connection attempt, in milliseconds. */
const CONNECT_MS = 10_000;

/** The first release whose `insert ... on conflict` works on partitioned tables. */
const OLDEST = 110_000;

/** An open connection, with the version of its server. */
export interface Connected {
  readonly client: Client;
  /** Such as `15.18`. */
  readonly version: string;
  /** Such as 150018. */
  readonly versionNumber: number;
}

/**
 * Opens a connection. A password that is not in the URL is looked up like in libpq: PGPASSWORD, then PGPASSFILE.
 * @param user replaces the user and password of the URL.
 * @throws TelemetryError `failure`; the message has no password.
 */
export async function connect(
  { Client: PgClient }: Driver,
  remote: Remote,
  signal: AbortSignal,
  user?: string,
): Promise<Connected> {
  signal.throwIfAborted();
  const client = new PgClient(configOf(remote.url, user));
  // Without a listener, a connection that ends between two statements ends the process.
  client.on('error', () => undefined);
  const stop = (): void => void client.end().catch(() => undefined);
  signal.addEventListener('abort', stop);
  client.once('end', () => signal.removeEventListener('abort', stop));
  try {
    await client.connect();
    return { client, ...(await checkServer(client)) };
  } catch (error) {
    stop();
    throw new TelemetryError('failure', `cannot connect to ${placeOf(remote.url)}: ${messageOf(sendError(error))}`, {
      ...(error instanceof TelemetryError && error.remedy !== undefined && { remedy: error.remedy }),
      cause: error,
    });
  }
}

function configOf(given: URL, user: string | undefined): ClientConfig {
  const url = new URL(given);
  if (user !== undefined) {
    url.username = encodeURIComponent(user);
    url.password = '';
  }
  // By default the driver treats every sslmode as verify-full; this gives them the meaning of libpq.
  if (url.searchParams.has('sslmode') && !url.searchParams.has('uselibpqcompat')) {
    url.searchParams.set('uselibpqcompat', 'true');
  }
  if (url.password === '' && process.env.PGPASSWORD === undefined) {
    // The driver's own look into the file is deprecated, and prints that.
    url.password = encodeURIComponent(passwordInFile(url) ?? '');
  }
  return {
    connectionString: url.href,
    application_name: 'telemetry',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  };
}

/** The host and the database of a URL, without credentials. */
function placeOf({ host, pathname }: URL): string {
  return `${host}${pathname}`;
}

async function checkServer(client: Client): Promise<Omit<Connected, 'client'>> {
  const { rows } = await client.query<{ version: string; number: string; encoding: string }>(
    `select current_setting('server_version') as version, current_setting('server_version_num') as number,
       current_setting('server_encoding') as encoding`,
  );
  const { version, number, encoding } = rows[0]!;
  if (Number(number) < OLDEST) throw new TelemetryError('failure', `PostgreSQL ${version} is too old: 11 is the first`);
  if (encoding !== 'UTF8') {
    throw new TelemetryError('failure', `the database has the encoding ${encoding}, not UTF8`, {
      remedy: `Create another: create database telemetry encoding 'UTF8' template template0.`,
    });
  }
  return { version: version.split(' ', 1)[0]!, versionNumber: Number(number) };
}
