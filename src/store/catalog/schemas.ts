import type { Database } from 'better-sqlite3';
import type { Micros } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { dataVersion } from '../database/data-version.js';
import { openForReading, openForWriting } from '../database/store.js';

/**
 * The treatment of an event that its schema rejects: it is refused, stored with a note of the problem, or stored as it
 * is.
 */
export const ON_INVALID = ['reject', 'tag', 'accept'] as const;

/** One of {@link ON_INVALID}. */
export type OnInvalid = (typeof ON_INVALID)[number];

/** A JSON Schema that events of a name or type are checked against. */
export interface RegisteredSchema {
  /** The name or type of the events. */
  readonly name: string;
  /** The schema as it was registered. */
  readonly schema: string;
  readonly onInvalid: OnInvalid;
  readonly registeredAt: Micros;
}

/**
 * Registers a schema, replacing one of the same name; without `onInvalid`, its treatment is kept. The store is created
 * if it does not exist. On disk when this returns; a running server applies it from its next event on.
 * @throws TelemetryError `failure` when the store cannot be used.
 */
export function registerSchema(
  dir: string,
  { name, schema, onInvalid, now }: { name: string; schema: string; onInvalid: OnInvalid | undefined; now: Micros },
): RegisteredSchema {
  const db = openForWriting(dir);
  try {
    db.prepare(
      `insert into schemas(name, schema, on_invalid, registered_at) values (@name, @schema, coalesce(@onInvalid, 'reject'), @now)
       on conflict(name) do update set schema = @schema, on_invalid = coalesce(@onInvalid, on_invalid), registered_at = @now`,
    ).run({ name, schema, onInvalid: onInvalid ?? null, now });
    return readSchemas(db).find(known => known.name === name)!;
  } finally {
    db.close();
  }
}

/** Removes the schema of that name; false when it does not exist. @throws TelemetryError `noStore`, `failure`. */
export function removeSchema(dir: string, name: string): boolean {
  openForReading(dir).close();
  const db = openForWriting(dir);
  try {
    return db.prepare('delete from schemas where name = ?').run(name).changes > 0;
  } finally {
    db.close();
  }
}

/** All schemas of the store at `dir`, by name. @throws TelemetryError `noStore`, `failure`. */
export function listSchemas(dir: string): RegisteredSchema[] {
  const db = openForReading(dir);
  try {
    // A store that nothing of this version has written to yet.
    if (!db.prepare(`select 1 from sqlite_schema where name = 'schemas'`).get()) return [];
    return readSchemas(db);
  } finally {
    db.close();
  }
}

/** The schema of that name. @throws TelemetryError `failure` when it does not exist; `noStore`. */
export function schemaNamed(dir: string, name: string): RegisteredSchema {
  const found = listSchemas(dir).find(schema => schema.name === name);
  if (found) return found;
  throw new TelemetryError('failure', `no schema "${name}" is registered`, {
    remedy: 'See them with `telemetry schema list`.',
  });
}

/** Reads the schemas of a store again and again, as a server does. */
export interface SchemaReader {
  /** The current schemas; the same array as before if nothing has changed. Takes some microseconds. */
  schemas(): readonly RegisteredSchema[];
  close(): void;
}

/** Opens a reader on a store that is there and up to date. @throws TelemetryError, as {@link openForReading}. */
export function openSchemaReader(dir: string): SchemaReader {
  const db = openForReading(dir);
  const version = dataVersion(db);
  // Commits of events change the version as well; this says whether the schemas are others.
  const changes = db.prepare<[], number>('select coalesce(max(changes), 0) from schema_changes').pluck();
  let readAt: number | undefined;
  let seen: number | undefined;
  let schemas: readonly RegisteredSchema[] = [];
  return {
    schemas() {
      const now = version();
      if (now === readAt) return schemas;
      const count = changes.get();
      if (count !== seen) schemas = readSchemas(db);
      seen = count;
      readAt = now;
      return schemas;
    },
    close: () => db.close(),
  };
}

interface SchemaRow {
  readonly name: string;
  readonly schema: string;
  readonly on_invalid: OnInvalid;
  readonly registered_at: number;
}

function readSchemas(db: Database): RegisteredSchema[] {
  const rows = db.prepare<[], SchemaRow>('select * from schemas order by name').all();
  return rows.map(({ name, schema, on_invalid: onInvalid, registered_at: registeredAt }) => ({
    name,
    schema,
    onInvalid,
    registeredAt,
  }));
}
