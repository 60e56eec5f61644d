import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, TelemetryError } from '../../core/errors.js';
import { storeError } from '../database/store-trouble.js';

/** The file of a store with the secrets of its remotes. A backup includes it only with `--with-credentials`. */
export const CREDENTIALS_FILE = 'credentials.json';

/** Permissions: only the owner reads and writes the file. */
const FILE_MODE = 0o600;

/** The secrets of a remote. A value `env:NAME` is read from that variable when the remote is opened. */
export interface Credentials {
  /** The password, token or secret key of the URL. */
  readonly password?: string;
  /** Headers by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
}

type CredentialsFile = Readonly<Record<string, Credentials>>;

/** The secrets of a remote of the store at `dir`. @throws TelemetryError `failure` for a file that cannot be read. */
export function readCredentials(dir: string, remote: string): Credentials {
  return readFile(dir)[remote.toLowerCase()] ?? {};
}

/**
 * Stores the secrets of a remote of the store at `dir`; undefined, or an object without any, removes them.
 * @throws TelemetryError `failure`.
 */
export function writeCredentials(dir: string, remote: string, credentials: Credentials | undefined): void {
  const { [remote.toLowerCase()]: previous, ...others } = readFile(dir);
  const isEmpty = credentials === undefined || Object.keys(credentials).length === 0;
  if (isEmpty && previous === undefined) return;
  const all: CredentialsFile = isEmpty ? others : { ...others, [remote.toLowerCase()]: credentials };
  const file = join(dir, CREDENTIALS_FILE);
  try {
    if (Object.keys(all).length === 0) rmSync(file);
    else replaceFile(file, `${JSON.stringify(all, null, 2)}\n`);
  } catch (error) {
    throw storeError('cannot store the secrets of a remote', dir, error);
  }
}

/** Replaces a file atomically: a reader sees the old content or the new content. */
function replaceFile(file: string, text: string): void {
  const temporary = `${file}.${process.pid}`;
  try {
    const descriptor = openSync(temporary, 'w', FILE_MODE);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readFile(dir: string): CredentialsFile {
  const file = join(dir, CREDENTIALS_FILE);
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isCredentialsFile(content)) return content;
    throw new Error('not an object of credentials');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    throw new TelemetryError('failure', `cannot read the secrets of remotes in ${file}`, {
      remedy: 'Restore the file, or remove it and create the remotes again.',
      cause: error,
    });
  }
}

function isCredentialsFile(content: unknown): content is CredentialsFile {
  return (
    isObject(content) &&
    Object.values(content).every(
      one =>
        isObject(one) &&
        (one.password === undefined || typeof one.password === 'string') &&
        (one.headers === undefined ||
          (isObject(one.headers) && Object.values(one.headers).every(value => typeof value === 'string'))),
    )
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The value of a secret: the text itself, or for `env:NAME` the value of the variable NAME.
 * @throws TelemetryError `failure` when the variable is not set.
 */
export function secretValue(secret: string, env: NodeJS.ProcessEnv): string {
  const name = /^env:(.+)$/s.exec(secret)?.[1];
  if (name === undefined) return secret;
  const value = env[name];
  if (value !== undefined) return value;
  throw new TelemetryError(
    'failure',
    `the environment variable ${name}, which has the secret of a remote, is not set`,
    {
      remedy: `Set ${name} for this command, and for telemetry serve.`,
    },
  );
}
