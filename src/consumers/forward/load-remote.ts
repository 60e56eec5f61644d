import type { Micros } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { readCredentials, secretValue, type Credentials } from '../../store/catalog/credentials.js';
import { objectNamed, readObjects, type StoredObject } from '../../store/catalog/objects.js';
import type { StoreDatabase } from '../../store/database/store.js';
import type { Remote, RemoteDefinition } from '../remotes/remote.js';

/** The text that replaces a secret. */
const HIDDEN = '***';

/** The definitions of the remotes of a store, by name. */
export function readRemotes(db: StoreDatabase): StoredRemote[] {
  return readObjects(db)
    .filter(({ kind }) => kind === 'remote')
    .map(storedRemote);
}

/** A remote as the catalog stores it. */
export interface StoredRemote {
  readonly name: string;
  readonly definition: RemoteDefinition;
  /** Microseconds since 1970. Distinguishes the remote from an earlier one of the same name. */
  readonly createdAt: Micros;
}

function storedRemote({ name, definition, createdAt }: StoredObject): StoredRemote {
  return { name, definition: definition as RemoteDefinition, createdAt };
}

/**
 * Loads a remote with its secrets, by name in any case.
 * @throws TelemetryError `failure` for an unknown remote or a missing secret.
 */
export function loadRemote(dir: string, name: string): Remote {
  const object = objectNamed(dir, 'remote', name);
  return withSecrets(storedRemote(object), readCredentials(dir, object.name));
}

/**
 * Adds the secrets to a remote.
 * @throws TelemetryError `failure` when a secret, or the variable that it names, is missing.
 */
export function withSecrets(
  { name, definition }: Pick<StoredRemote, 'name' | 'definition'>,
  { password, headers = {} }: Credentials,
): Remote {
  const url = new URL(definition.url);
  if (password === undefined && url.password === HIDDEN) {
    throw new TelemetryError('failure', `the password of the remote ${name} is not stored here`, {
      remedy: `A backup leaves it out. Remove the remote with telemetry remote rm ${name}, and create it again.`,
    });
  }
  if (password !== undefined) url.password = encodeURIComponent(secretValue(password, process.env));
  const values = Object.entries(headers).map(([header, value]) => [header, secretValue(value, process.env)]);
  return { name, definition, url, headers: Object.fromEntries(values) as Record<string, string> };
}

/**
 * Splits a URL into the URL with `***` in place of the password, and the password; undefined for a URL without one.
 * @throws TelemetryError `usage`.
 */
export function splitUrl(text: string): { readonly url: string; readonly password: string | undefined } {
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    // The text may hold a password.
    throw new TelemetryError('usage', 'the URL of the remote is not a URL', {
      remedy: 'Write it like postgres://user@host/database.',
      cause: error,
    });
  }
  checkParts(url, text);
  if (url.password === '') return { url: url.href, password: undefined };
  const password = decodeURIComponent(url.password);
  url.password = HIDDEN;
  return { url: url.href, password };
}

/** Names of URL parameters whose values are secrets. */
const SECRET_PARAMETER = /^.*(?:password|passwd|token|secret|api_?key)/i;

/** @throws TelemetryError `usage` for parts that no remote accepts in its URL. */
function checkParts(url: URL, text: string): void {
  const parameter = [...url.searchParams.keys()].find(name => SECRET_PARAMETER.test(name));
  if (parameter !== undefined) {
    throw new TelemetryError(
      'usage',
      `the URL of the remote has the parameter "${parameter}", which would be stored in plain text`,
      {
        remedy: 'Write the secret before the host: postgres://USER:PASSWORD@HOST/DATABASE.',
      },
    );
  }
  if (/^file:(?!\/)/i.test(text.trim())) {
    throw new TelemetryError('usage', 'the URL of the remote has no absolute path', { remedy: 'Write file:///PATH.' });
  }
  try {
    for (const part of [url.username, url.password, url.pathname]) decodeURIComponent(part);
  } catch (error) {
    throw new TelemetryError('usage', 'the URL of the remote has a "%" that is not part of an escape', {
      remedy: 'Write "%" as %25.',
      cause: error,
    });
  }
}

/** Replaces the secrets of a remote in a text, such as the error message of a library, with `***`. */
export function hideSecrets({ url, headers }: Remote, text: string): string {
  const secrets = [url.password, decodeURIComponent(url.password), ...Object.values(headers)];
  return secrets.filter(secret => secret !== '').reduce((hidden, secret) => hidden.replaceAll(secret, HIDDEN), text);
}
