import { createHash, randomBytes } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { codeOf, TelemetryError } from '../../core/errors.js';
import type { Micros } from '../../core/duration.js';
import type { Scope } from '../../core/scope.js';
import { openForReading, openForWriting } from '../database/store.js';

/** 256 bits cannot be guessed at any speed. */
const SECRET_BYTES = 32;

const ID_BYTES = 4;

/** `tel_`, an id of 8 hex digits, `_`, 43 characters of base64url. The prefix lets scanners of leaked secrets find it. */
const TOKEN = /^tel_([0-9a-f]{8})_[\w-]{43}$/;

/** The id in a token's text; undefined when the text is not one of the store's tokens by its form. */
export function tokenId(token: string): string | undefined {
  return TOKEN.exec(token)?.[1];
}

/**
 * The stored form of a token: its SHA-256. A slow, salted hash protects secrets that people choose, which can be
 * guessed. Tokens are 256 random bits, which cannot be guessed, and a slow hash would delay every request.
 */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/**
 * Creates a token and stores its hash. The store is created if it does not exist. The returned text is not stored.
 * @throws TelemetryError `failure` when a token of that name is already valid, or the store cannot be used.
 */
export function createToken(dir: string, name: string, scopes: readonly Scope[], now: Micros): string {
  const id = randomBytes(ID_BYTES).toString('hex');
  const token = `tel_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  writing(dir, db => {
    try {
      db.prepare('insert into tokens(id, name, scopes, hash, created_at) values (?, ?, ?, ?, ?)').run(
        id,
        name,
        scopes.join(' '),
        tokenHash(token),
        now,
      );
    } catch (error) {
      if (codeOf(error) !== 'SQLITE_CONSTRAINT_UNIQUE') throw error;
      throw new TelemetryError('failure', `there is a token "${name}" already`, {
        remedy: `Choose another name, or revoke that one first: telemetry token revoke ${name}`,
        cause: error,
      });
    }
  });
  return token;
}

/**
 * Revokes the token of that name. On disk when this returns; every server on the store applies it from its next request
 * on.
 * @throws TelemetryError `failure` when no token of that name is valid; `noStore` without a store.
 */
export function revokeToken(dir: string, name: string, now: Micros): void {
  openForReading(dir).close();
  const { changes } = writing(dir, db =>
    db.prepare('update tokens set revoked_at = ? where name = ? and revoked_at is null').run(now, name),
  );
  if (changes > 0) return;
  throw new TelemetryError('failure', `no token "${name}" is valid`, {
    remedy: 'See them with `telemetry token list`.',
  });
}

function writing<T>(dir: string, write: (db: Database) => T): T {
  const db = openForWriting(dir);
  try {
    return write(db);
  } finally {
    db.close();
  }
}
