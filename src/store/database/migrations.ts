/*
 * Longer than most files: all migrations in one list, in their order.
 */
import type { Database } from 'better-sqlite3';
import { codeOf } from '../../core/errors.js';
import { faultPoint } from '../../core/fault-point.js';

/** Marks a SQLite file as a telemetry store: "TELE" in PRAGMA application_id. */
export const APPLICATION_ID = 0x54454c45;

/**
 * Numbered migrations: entry N takes a store from version N to N+1 (PRAGMA user_version). Never edit one that was released.
 *
 * - `received_at`, `started_at` and `ended_at` are microseconds since 1970 in UTC.
 * - `events.id` only grows and is never reused (AUTOINCREMENT), so that a consumer is a cursor.
 * - `events.payload` is always JSON: the bytes that were sent, or a text or base64 (`encoding`) message as a JSON string.
 * - `insert_datetime` is there for SQL written for the protocol's first implementation. SQLite computes it with each row
 *   that it inserts, which took half of the time of an insert with strftime, and takes a quarter with datetime.
 * - `feeds.position` moves in the transaction that stores the events up to it (core/source.ts).
 * - `tokens.hash` is the SHA-256 of a token, never the token; `scopes` are names with spaces between. A revoked one stays, so
 *   that a store whose tokens are all revoked is not taken for one that asks for none.
 * - `secrets` holds what the store keeps to itself, such as the key of --hash.
 * - `attributes.path` is the JSON array of keys from the top; `kinds` are the bits of KIND in core/attribute.ts.
 * - `shapes.template` is a template of archive/template.ts as JSON; a shape is never changed or removed.
 * - `segments` are files of sealed events (journal/segments.ts says what each column holds). `dropped_at` is set once
 *   nothing new may read one; `damaged` once verify has set it aside.
 * - `sealed` has one row: events up to `last_id` are in segments, and the journal's rows of them are being deleted.
 * - `sealed_event_ids.hashes` has 8 bytes for each event_id that was sealed, so that a restart still knows it.
 * - `schemas` are the registered JSON Schemas, by the name or type of the events they are for; `schema_changes` counts
 *   how often they were changed, so that a server sees it without reading them.
 * - `settings` are the store's own: what must not differ between two commands.
 * - `store` has one row: (store id, epoch, event id) names an event for ever. A copy that is opened for writing gets a new
 *   epoch; `file` tells a copy from the original (store-identity.ts). `removals` grows with each transaction that removes
 *   events from the journal that are not sealed: a reader whose snapshot moves on sees by it that its rows are no longer
 *   all there.
 * - `segments.format` is the number of the layout of a segment's file: 1 for those of the first release.
 * - `attributes` had no rows for the keys of core columns before the sixth migration: a store with events gets them in the
 *   spellings that are likely.
 * - `event_ranges` has the least and greatest `received_at` and `time` of runs of consecutive event ids in the journal, so that
 *   bounds in time skip them.
 * - `objects` are the stored views, cubes and alert rules, which share one registry of names.
 * - `alert_progress.cursor` is the id up to which the last successful evaluation of an alert rule saw events, and
 *   `evaluated_at` its scheduled instant. `alerts` are the episodes of its groups; `alert_notifications` the outbox, whose
 *   `key` is the same for every try. `alert_channels.setting` may hold secrets.
 * - `remotes.cursor_id` is the id up to which a remote has every event that it is to have; `sent_id` that of the last
 *   batch that it took: ids after it were none of its events. `pending_id` is the last id of a
 *   batch that was begun, for kinds whose batches must not change. `remote_objects` are the objects that were cut for an
 *   object store, each recorded before it is sent. `streams.origin` names the stores that the events of a stream have
 *   passed, the first one first, with commas between.
 * - `segment_filters.filter` tells which texts are surely not in a column of a segment. `segments.filter_version` is set
 *   once a segment has its filters, of which there may be none.
 */
const MIGRATIONS: readonly (string | ((db: Database) => void))[] = [
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
  `
  create table shapes(
    id integer primary key,
    template text not null unique
  );
  create table segments(
    id integer primary key autoincrement,
    kind text not null,
    file text not null unique,
    day text not null,
    type text,
    tier integer not null,
    first_id integer not null,
    last_id integer not null,
    events integer not null,
    bytes integer not null,
    checksum text not null,
    received_from integer not null,
    received_to integer not null,
    time_from integer,
    time_to integer,
    types text not null,
    columns text not null,
    shapes text not null,
    dropped_at integer,
    damaged integer not null default 0
  );
  create index segments_live on segments(last_id) where dropped_at is null;
  create table sealed(
    last_id integer not null,
    received_at integer not null
  );
  insert into sealed values (0, 0);
  create table sealed_event_ids(
    last_id integer primary key,
    hashes blob not null
  );
  create table settings(
    key text primary key,
    value text not null
  );
  `,
  `
  create table schemas(
    name text primary key,
    schema text not null,
    on_invalid text not null,
    registered_at integer not null
  ) without rowid;
  create table schema_changes(changes integer not null);
  insert into schema_changes values (0);
  create trigger schemas_inserted after insert on schemas begin update schema_changes set changes = changes + 1; end;
  create trigger schemas_updated after update on schemas begin update schema_changes set changes = changes + 1; end;
  create trigger schemas_deleted after delete on schemas begin update schema_changes set changes = changes + 1; end;
  `,
  `
  create table store(
    id text not null,
    epoch text not null,
    file text,
    removals integer not null default 0
  );
  insert into store(id, epoch) values (lower(hex(randomblob(16))), lower(hex(randomblob(8))));
  alter table segments add column format integer not null default 1;
  create table event_ranges(
    first_id integer primary key,
    last_id integer not null,
    received_from integer not null,
    received_to integer not null,
    time_from integer not null,
    time_to integer not null
  );
  insert or ignore into attributes(path, name, kinds)
    select json_array(key), key, 127
    from (select column1 as key from (values ('time'), ('Time'), ('TIME'), ('type'), ('Type'), ('TYPE'), ('name'), ('Name'), ('NAME')))
    where exists (select 1 from sqlite_sequence where name = 'events' and seq > 0);
  `,
  `
  create table objects(
    name text primary key collate nocase,
    kind text not null,
    definition text not null,
    created_at integer not null
  ) without rowid;
  `,
  `
  create table cubes(
    name text primary key collate nocase,
    cursor_id integer not null,
    removals integer not null,
    refreshed_at integer,
    late_dropped integer not null default 0,
    kept_from integer,
    error text,
    note text
  ) without rowid;
  create table cube_files(
    id integer primary key autoincrement,
    cube text not null collate nocase,
    file text not null unique,
    rows integer not null,
    bytes integer not null,
    dropped_at integer
  );
  create table cube_buckets(
    cube text not null collate nocase,
    bucket integer not null,
    file integer not null,
    events integer not null,
    upto_id integer not null,
    time_from integer not null,
    time_to integer not null,
    state text not null default 'live',
    primary key(cube, bucket)
  ) without rowid;
  create index cube_buckets_file on cube_buckets(file);
  create table cube_dead(
    file integer not null,
    bucket integer not null,
    primary key(file, bucket)
  ) without rowid;
  create table cube_touched(
    cube text not null collate nocase,
    bucket integer not null,
    events integer not null,
    time_from integer not null,
    time_to integer not null,
    primary key(cube, bucket)
  ) without rowid;
  `,
  `
  create table alert_progress(
    rule text primary key collate nocase,
    cursor integer not null,
    evaluated_at integer,
    finished_at integer,
    error text,
    measure text,
    muted_until integer
  ) without rowid;
  create table alerts(
    id integer primary key autoincrement,
    rule text not null collate nocase,
    severity text not null,
    kind text not null,
    group_values text not null,
    status text not null,
    value real,
    row_values text not null,
    labels text not null,
    started_at integer not null,
    last_seen_at integer not null,
    fired_at integer,
    unacknowledged_from integer,
    acknowledged_at integer,
    acknowledged_by text,
    acknowledged_until integer,
    resolved_at integer,
    resolved_by text,
    assignee text,
    note text,
    is_notified integer not null,
    held text,
    notified_at integer,
    escalated integer not null
  );
  create index alerts_rule on alerts(rule, status);
  create table alert_history(
    id integer primary key autoincrement,
    rule text not null collate nocase,
    alert_id integer,
    at integer not null,
    change text not null,
    by text,
    note text
  );
  create index alert_history_rule on alert_history(rule);
  create table alert_notifications(
    id integer primary key autoincrement,
    key text not null unique,
    rule text not null collate nocase,
    alert_id integer not null,
    channel text not null,
    reason text not null,
    status text not null,
    outcome text,
    message text not null,
    attempts integer not null default 0,
    created_at integer not null,
    next_at integer not null,
    sent_at integer
  );
  create index alert_notifications_waiting on alert_notifications(next_at) where status = 'waiting';
  create index alert_notifications_rule on alert_notifications(rule);
  create table alert_channels(
    name text primary key collate nocase,
    setting text not null,
    may_be_private integer not null
  ) without rowid;
  `,
  `
  alter table segments add column filter_version text;
  create table segment_filters(
    segment integer not null,
    column_name text not null,
    filter blob not null,
    primary key(segment, column_name)
  ) without rowid;
  create trigger segments_dropped after update of dropped_at on segments when new.dropped_at is not null
    begin delete from segment_filters where segment = new.id; end;
  `,
  `
  create table remotes(
    name text primary key collate nocase,
    cursor_id integer not null,
    sent_id integer not null default 0,
    pending_id integer,
    is_paused integer not null default 0,
    sent_events integer not null default 0,
    sent_bytes integer not null default 0,
    sent_at integer,
    rate real not null default 0,
    warning text,
    attempts integer not null default 0,
    next_at integer,
    error text,
    error_at integer
  ) without rowid;
  create table remote_rejects(
    remote text not null collate nocase,
    event_id integer not null,
    reason text not null,
    rejected_at integer not null,
    primary key(remote, event_id)
  ) without rowid;
  create table remote_losses(
    id integer primary key autoincrement,
    remote text not null collate nocase,
    first_id integer not null,
    last_id integer not null,
    events integer not null,
    removed_at integer not null
  );
  create index remote_losses_remote on remote_losses(remote);
  create table remote_objects(
    id integer primary key autoincrement,
    remote text not null collate nocase,
    file text not null,
    first_id integer not null,
    last_id integer not null,
    events integer not null,
    bytes integer not null,
    hash text not null,
    state text not null,
    cut_at integer not null,
    entry text not null,
    unique(remote, file)
  );
  alter table streams add column origin text;
  create index streams_origin on streams(id) where origin is not null;
  `,
  renewInsertDatetime,
];

/**
 * Changes how `insert_datetime` is computed, without rewriting rows. A store stays as it is where SQLite refuses that,
 * since its user has added an index on the column, or a view that does not resolve: the other way only takes longer.
 */
function renewInsertDatetime(db: Database): void {
  // Otherwise SQLite also refuses where a view or trigger names the column.
  db.pragma('legacy_alter_table = on');
  try {
    db.transaction(() =>
      db.exec(`
        alter table events drop column insert_datetime;
        alter table events add column insert_datetime text generated always as
          (datetime(received_at / 1000000, 'unixepoch') || '.' || substr(received_at / 1000 % 1000 + 1000, 2)) virtual;
      `),
    )();
  } catch (error) {
    if (codeOf(error) !== 'SQLITE_ERROR') throw error;
  } finally {
    db.pragma('legacy_alter_table = off');
  }
}

/** The version of the newest store that this build reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Runs the migrations that the store has not seen, up to a version, all in one transaction. Writes nothing when the store is up to date. */
export function migrate(db: Database, to = SCHEMA_VERSION): void {
  const pragma = (name: string): number => Number(db.pragma(name, { simple: true }));
  if (pragma('user_version') >= to && pragma('application_id') === APPLICATION_ID) return;
  db.transaction(() => {
    for (let version = Number(db.pragma('user_version', { simple: true })); version < to; version++) {
      const migration = MIGRATIONS[version]!;
      if (typeof migration === 'string') db.exec(migration);
      else migration(db);
      db.pragma(`user_version = ${version + 1}`);
    }
    db.pragma(`application_id = ${APPLICATION_ID}`);
    faultPoint('migrate:before-commit');
  }).immediate();
}
