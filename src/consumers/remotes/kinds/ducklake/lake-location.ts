import { isAbsolute } from 'node:path';
import { TelemetryError } from '../../../../core/errors.js';
import type { Remote } from '../../remote.js';
import { locationOf, type Location } from '../objects/location.js';

/** The catalog, data location and table of a lake. */
export interface LakeLocation {
  /** For ATTACH: `ducklake:PATH`, `ducklake:sqlite:PATH` or `ducklake:postgres:PARAMETERS`. */
  readonly catalog: string;
  /** Extensions of DuckDB that the catalog needs besides ducklake. */
  readonly extensions: readonly string[];
  readonly data: Location;
  /** The table of the events. */
  readonly table: string;
}

/** DuckDB extensions that open catalogs in other databases, by the scheme of the catalog. */
const SCANNERS: Readonly<Record<string, string>> = { sqlite: 'sqlite_scanner', postgres: 'postgres_scanner' };

/** A password in the parameters or the URL of a Postgres connection. */
const PASSWORD = /(?:^|\s)password\s*=|:\/\/[^/@]*:[^/@]*@/i;

/** The default name of the table. */
const USUAL_TABLE = 'events';

/** The lake that a remote names. @throws TelemetryError `usage`. */
export function lakeOf({ name, url, definition }: Pick<Remote, 'name' | 'url' | 'definition'>): LakeLocation {
  const target = decoded(name, url.href.slice('ducklake:'.length));
  const [, scheme] = /^(sqlite|postgres|duckdb|mysql):/.exec(target) ?? [];
  const scanner = scheme === undefined ? undefined : SCANNERS[scheme];
  const path = scheme === undefined ? target : target.slice(scheme.length + 1);
  if (scheme === 'mysql') throw wrong(name, 'a lake whose catalog is in MySQL is not supported');
  if (scheme !== 'postgres' && !isAbsolute(path))
    throw wrong(name, `the path of its catalog is not absolute: "${path}"`);
  if (scheme === 'postgres' && PASSWORD.test(path)) {
    throw wrong(name, 'it has a password', 'Put the password into the file that PGPASSFILE names, or into PGPASSWORD.');
  }
  const data = definition.options['data-path'];
  if (data === undefined)
    throw wrong(name, 'it has no --data-path', 'Give --data-path s3://BUCKET/PREFIX or a folder.');
  return {
    catalog: scanner === undefined ? `ducklake:${path}` : `ducklake:${scheme}:${path}`,
    extensions: scanner === undefined ? [] : [scanner],
    data: dataOf(name, data, definition),
    table: definition.options.table ?? USUAL_TABLE,
  };
}

function decoded(name: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(name, `"${text}" has a % that is not of an escape`, 'Write %25 for a %.');
  }
}

function dataOf(name: string, text: string, definition: Remote['definition']): Location {
  if (isAbsolute(text)) return locationOf({ name, url: new URL(`file://${encodeURI(text)}`), definition });
  if (!URL.canParse(text)) throw wrong(name, `its --data-path is neither a URL nor an absolute path: "${text}"`);
  const url = new URL(text);
  if (url.password !== '') {
    throw wrong(
      name,
      'its --data-path has a secret',
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use a profile.',
    );
  }
  if (!['s3:', 'file:'].includes(url.protocol))
    throw wrong(name, `its --data-path is not an s3 or file URL: "${text}"`);
  return locationOf({ name, url, definition });
}

function wrong(name: string, what: string, remedy?: string): TelemetryError {
  return new TelemetryError('usage', `the remote ${name} is not a DuckLake: ${what}`, {
    remedy: remedy ?? 'Write ducklake:/PATH, ducklake:sqlite:/PATH or ducklake:postgres:dbname=NAME.',
  });
}
