import { TelemetryError } from '../../../../core/errors.js';
import type { Remote } from '../../remote.js';

/** The connection and table of a ClickHouse remote, from its URL and options. */
export interface ClickHouseOptions {
  /** The URL of ClickHouse's HTTP interface. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly table: string;
}

/** The names of the options of a remote. */
export const OPTION_NAMES = ['table'] as const;

const DEFAULT_TABLE = 'events';
const DEFAULT_DATABASE = 'default';
const DEFAULT_USER = 'default';

const SECURE = 'https+clickhouse:';

/** The ports of ClickHouse's HTTP interface. */
const PORTS = { http: '8123', https: '8443' } as const;

/** Reads the URL and the options of a remote. @throws TelemetryError `usage`. */
export function optionsOf({ url, definition }: Remote): ClickHouseOptions {
  const { table = DEFAULT_TABLE } = definition.options;
  const scheme = url.protocol === SECURE ? 'https' : 'http';
  const [database = DEFAULT_DATABASE, ...rest] = url.pathname.split('/').filter(part => part !== '');
  if (url.hostname === '') {
    throw new TelemetryError('usage', 'the URL names no host', {
      remedy: 'Write clickhouse://USER@HOST:8123/DATABASE, or https+clickhouse:// for TLS.',
    });
  }
  if (rest.length > 0 || url.search !== '' || url.hash !== '') {
    throw new TelemetryError('usage', 'the URL of ClickHouse ends with the database', {
      remedy: 'Write clickhouse://USER@HOST:8123/DATABASE.',
    });
  }
  if (table === '' || table.includes('\0')) throw new TelemetryError('usage', `not the name of a table: "${table}"`);
  return {
    url: `${scheme}://${url.hostname}:${url.port === '' ? PORTS[scheme] : url.port}`,
    user: url.username === '' ? DEFAULT_USER : decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(database),
    table,
  };
}
