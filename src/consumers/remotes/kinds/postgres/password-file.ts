import { readFileSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { codeOf, TelemetryError } from '../../../../core/errors.js';

/** Bits of a file's mode that let others than its owner use it. */
const OF_OTHERS = 0o077;

const DEFAULT_PORT = '5432';

/**
 * The password of a connection in the file of PGPASSFILE, by default `~/.pgpass`; undefined where no line matches
 * (PostgreSQL, "The Password File").
 * @throws TelemetryError `failure` where others may read the file.
 */
export function passwordInFile({ hostname, port, username, pathname }: URL, env = process.env): string | undefined {
  const file = env.PGPASSFILE ?? join(env.HOME ?? homedir(), '.pgpass');
  const text = readIfThere(file);
  const user = username === '' ? (env.PGUSER ?? userInfo().username) : decodeURIComponent(username);
  const wanted = [
    hostname,
    port === '' ? (env.PGPORT ?? DEFAULT_PORT) : port,
    decodeURIComponent(pathname.slice(1)),
    user,
  ];
  const found = text
    .split(/\r?\n/)
    .filter(line => !line.startsWith('#'))
    .map(fieldsOf)
    .find(fields => fields.length === 5 && wanted.every((value, i) => fields[i] === '*' || fields[i] === value));
  if (!found) return undefined;
  if ((statSync(file).mode & OF_OTHERS) !== 0) {
    throw new TelemetryError('failure', `others may read the passwords in ${file}`, {
      remedy: `Make it yours alone: chmod 600 ${file}`,
    });
  }
  return found[4];
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return '';
    throw new TelemetryError('failure', `cannot read the passwords in ${file}`, { cause: error });
  }
}

/** The fields of a line, whose colons and backslashes are escaped. */
function fieldsOf(line: string): string[] {
  return (line.match(/(?:\\.|[^:\\])*(?::|$)/g) ?? [])
    .slice(0, 5)
    .map(field => field.replace(/:$/, '').replace(/\\(.)/g, '$1'));
}
