import { randomBytes } from 'node:crypto';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDiskFull } from '../../core/trouble.js';
import { withReserve } from '../../store/database/reserve.js';

/** The file of a store with the token by which its user reads over HTTP. */
const READ_TOKEN_FILE = 'read.token';

const SECRET_BYTES = 24;

/** The token of the local user, for as long as a server runs. */
export interface ReadToken {
  readonly secret: string;
  /** The path of its file, readable by this user alone. */
  readonly file: string;
  remove(): void;
}

/** Creates a new token and its file; on a full disk the reserve makes room. @throws any error of the file system. */
export function createReadToken(store: string): ReadToken {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const file = join(store, READ_TOKEN_FILE);
  withReserve(store, isDiskFull, () => {
    rmSync(file, { force: true });
    writeFileSync(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(file, 0o600);
  });
  return { secret, file, remove: () => rmSync(file, { force: true }) };
}
