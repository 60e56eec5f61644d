import type { Database } from 'better-sqlite3';

/** Marks a SQLite file as a telemetry store: "TELE" in PRAGMA application_id. */
export const APPLICATION_ID = 0x54454c45;

/**
 * Numbered migrations: entry N takes a store from version N to N+1 (PRAGMA user_version). Never edit one that was released.
 *
 * - `received_at`, `started_at` and `ended_at` are microseconds since 1970 in UTC.
 * - `events.id` only grows and is never reused (AUTOINCREMENT), so that a consumer is a cursor.
 * - `events.payload` is always JSON: the bytes that were sent, or a text or base64 (`encoding`) message as a JSON string.
 * - `insert_datetime` is there for SQL written for the protocol's first implementation, and costs nothing to write.
 * - `feeds.position` moves in the transaction that stores the events up to it (core/feed.ts).
 * - `tokens.hash` is the SHA-256 of a token, never the token; `scopes` are names with spaces between. A revoked one stays, so
 *   that a store whose tokens are all revoked is not taken for one that asks for none.
 * - `secrets` holds what the store keeps to itself, such as the key of --hash.
 * - `attributes.path` is the JSON array of keys from the top; `kinds` are the bits of KIND in core/attribute.ts.
 */
const MIGRATIONS: readonly string[] = [
  `
  create table streams(
    id integer primary key,
    started_at integer not null,
    ended_at integer,
    transport text not null,
    remote text,
    path text,
    headers text not null,
    events integer not null default 0
  );
  create index streams_open on streams(id) where ended_at is null;
  create table events(
    id integer primary key autoincrement,
    stream_id integer not null,
    received_at integer not null,
    payload text not null,
    encoding text,
    insert_datetime text generated always as (strftime('%Y-%m-%d %H:%M:%f', received_at / 1000000.0, 'unixepoch')) virtual
  );
  create table attributes(
    path text primary key,
    name text not null,
    kinds integer not null
  );
  `,
  `
  create table feeds(
    source text primary key,
    position integer not null,
    checkpoint text not null,
    updated_at integer not null
  ) without rowid;
  `,
  `
  create table tokens(
    id text primary key,
    name text not null,
    scopes text not null,
    hash blob not null,
    created_at integer not null,
    revoked_at integer
  );
  create unique index tokens_name on tokens(name) where revoked_at is null;
  create table secrets(
    name text primary key,
    value blob not null
  );
  `,
];

/** The version of the newest store that this build reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Runs the migrations that the store has not seen, all in one transaction. */
export function migrate(db: Database): void {
  db.transaction(() => {
    for (let version = Number(db.pragma('user_version', { simple: true })); version < SCHEMA_VERSION; version++) {
      db.exec(MIGRATIONS[version]!);
      db.pragma(`user_version = ${version + 1}`);
    }
    db.pragma(`application_id = ${APPLICATION_ID}`);
  }).immediate();
}
