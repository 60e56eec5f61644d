import { fileURLToPath } from 'node:url';
import { TelemetryError } from '../../../../core/errors.js';
import type { Remote } from '../../remote.js';

/** A prefix in a bucket. */
export interface S3Location {
  readonly bucket: string;
  /** Without `/` at its ends; may be empty. */
  readonly prefix: string;
  /** The URL of a gateway other than Amazon S3. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /** Undefined for the SDK's own credentials: variables, profiles, roles. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/** The location of objects: a folder, or a prefix in a bucket. */
export type Location = { readonly folder: string } | { readonly s3: S3Location };

/** Characters that DuckDB interprets as a pattern of file names. */
const PATTERN = /[*?[\]]/;

/** Parses the location in a remote's URL. @throws TelemetryError `usage`. */
export function locationOf({ name, url, definition }: Pick<Remote, 'name' | 'url' | 'definition'>): Location {
  const location = url.protocol === 'file:' ? folderOf(name, url) : bucketOf(name, url, definition.options);
  const path = 'folder' in location ? location.folder : location.s3.prefix;
  if (PATTERN.test(path)) throw wrong(name, `its path has one of the characters * ? [ ]`);
  return location;
}

function folderOf(name: string, url: URL): Location {
  if (url.host !== '' && url.host !== 'localhost') throw wrong(name, `a file URL names no host: "${url.host}"`);
  if (url.search !== '' || url.hash !== '') throw wrong(name, 'a file URL has a path only');
  const folder = fileURLToPath(`file://${url.pathname}`).replace(/\/+$/, '');
  if (folder === '') throw wrong(name, 'it is the root of the file system');
  return { folder };
}

function bucketOf(name: string, url: URL, options: Readonly<Record<string, string>>): Location {
  if (url.hostname === '') throw wrong(name, 'it names no bucket');
  if (url.port !== '') {
    throw wrong(name, 'it has a port', 'Name the gateway with --endpoint http://HOST:PORT.');
  }
  if (url.search !== '' || url.hash !== '') throw wrong(name, 'an s3 URL has a bucket and a prefix only');
  if ((url.username === '') !== (url.password === '')) throw wrong(name, 'it has one of KEY and SECRET, not both');
  const { endpoint, region } = options;
  if (endpoint !== undefined) checkEndpoint(name, endpoint);
  const credentials =
    url.username === ''
      ? undefined
      : { accessKeyId: decodeURIComponent(url.username), secretAccessKey: decodeURIComponent(url.password) };
  const prefix = decodeURIComponent(url.pathname).replaceAll(/^\/+|\/+$/g, '');
  return { s3: { bucket: url.hostname, prefix, endpoint, region, credentials } };
}

function checkEndpoint(name: string, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw wrong(name, `its endpoint "${text}" is not an http or https URL`, 'Write --endpoint https://HOST.');
  }
  if (url.username !== '') throw wrong(name, 'its endpoint has credentials', 'Write s3://KEY:SECRET@BUCKET/PREFIX.');
}

function wrong(name: string, what: string, remedy?: string): TelemetryError {
  return new TelemetryError('usage', `the URL of the remote ${name} is not valid: ${what}`, {
    remedy: remedy ?? 'Write s3://BUCKET/PREFIX or file:///FOLDER.',
  });
}
