import type { Database, Statement } from 'better-sqlite3';
import type { Micros } from '../../core/duration.js';
import type { Scope } from '../../core/scope.js';
import { dataVersion } from '../database/data-version.js';
import { openForReading } from '../database/store.js';

/** A token as the store knows it: never the secret itself. */
export interface TokenRecord {
  /** The part of the token that names it: no secret. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Its SHA-256: see `tokenHash` in tokens.ts. */
  readonly hash: Buffer;
  readonly createdAt: Micros;
  readonly revokedAt: Micros | undefined;
}

/** All tokens of the store at `dir`, in the order they were made. @throws TelemetryError `noStore`, `failure`. */
export function listTokens(dir: string): TokenRecord[] {
  const db = openForReading(dir);
  try {
    // A store that no server of this version has opened yet.
    if (!db.prepare(`select 1 from sqlite_schema where name = 'tokens'`).get()) return [];
    return recordsOf(tokenRows(db));
  } finally {
    db.close();
  }
}

/** Reads the tokens of a store again and again, as a server does. */
export interface TokenReader {
  /** The tokens as of this turn of the event loop, whichever process changed them. */
  tokens(): readonly TokenRecord[];
  close(): void;
}

/** Opens a reader on a store that is there and up to date. @throws TelemetryError, as {@link openForReading}. */
export function openTokenReader(dir: string): TokenReader {
  const db = openForReading(dir);
  const version = dataVersion(db);
  // Prepared once: each commit of events changes the version.
  const rows = tokenRows(db);
  let readAt: number | undefined;
  let tokens: readonly TokenRecord[] = [];
  return {
    tokens() {
      const now = version();
      if (now !== readAt) {
        tokens = recordsOf(rows);
        readAt = now;
      }
      return tokens;
    },
    close: () => db.close(),
  };
}

interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: string;
  readonly hash: Buffer;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

function tokenRows(db: Database): Statement<[], TokenRow> {
  return db.prepare<[], TokenRow>('select * from tokens order by created_at, rowid');
}

function recordsOf(rows: Statement<[], TokenRow>): TokenRecord[] {
  return rows.all().map(({ id, name, scopes, hash, created_at: createdAt, revoked_at: revokedAt }) => ({
    id,
    name,
    scopes: scopes.split(' ') as Scope[],
    hash,
    createdAt,
    revokedAt: revokedAt ?? undefined,
  }));
}
