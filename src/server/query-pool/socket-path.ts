import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The longest path of a Unix socket that every system takes, in bytes: `sun_path` has 104 on macOS, 108 on Linux. */
const MAX_PATH_BYTES = 100;

/** The sockets of a store: that of questions, and that of tails over HTTP. */
export type SocketName = 'query' | 'tail';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The paths at which the query socket of a store may lie, the preferred one first: in the store, and in a directory of
 * the user, for stores with a long path or on a file system without sockets. On Windows, a named pipe.
 */
export function querySocketPaths(
  store: string,
  name: SocketName,
  env: Env,
  platform = process.platform,
): readonly string[] {
  const own = resolve(store);
  const hash = createHash('sha256').update(own).digest('hex').slice(0, 16);
  if (platform === 'win32') return [`\\\\.\\pipe\\telemetry-${hash}-${name}`];
  const inStore = join(own, `${name}.sock`);
  const base = env.XDG_RUNTIME_DIR ?? tmpdir();
  const ofUser = join(base, `telemetry-${process.getuid?.() ?? 0}`, `${hash}-${name}.sock`);
  return [inStore, ofUser].filter(path => Buffer.byteLength(path) <= MAX_PATH_BYTES);
}

/**
 * Creates the directory of a socket outside of the store, for this user alone.
 * @throws Error when it belongs to another user or is a link: anyone may create names in the directory above it.
 */
export function createSocketDirectory(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const found = lstatSync(dir);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) throw new Error(`${dir} belongs to another user`);
  chmodSync(dir, 0o700);
}
