import { Sqlite } from '../database/sqlite.js';
import { databaseFile } from '../database/store.js';
import { queryFiles } from './query-files.js';

/** Names in a store that a user may want to write on a command line. */
export const NAME_KINDS = [
  'columns',
  'types',
  'services',
  'tokens',
  'schemas',
  'views',
  'cubes',
  'alerts',
  'queries',
] as const;

export type NameKind = (typeof NAME_KINDS)[number];

/** Of the journal, only the newest events are looked at: the user waits at the prompt. */
const NEWEST_EVENTS = 200;

/** Larger payloads are left out: reading them takes longer than a person waits. */
const MAX_PAYLOAD_CHARACTERS = 100_000;

const NEWEST = `(select payload from events where id > (select max(id) from events) - ${NEWEST_EVENTS}
  and length(payload) < ${MAX_PAYLOAD_CHARACTERS} and json_valid(payload))`;

const SQL: Readonly<Record<Exclude<NameKind, 'queries'>, string>> = {
  columns: 'select distinct name from attributes order by name',
  types: `select distinct type from (
      select key as type from segments, json_each(types) where dropped_at is null
      union select payload ->> '$.type' from ${NEWEST}
      union select payload ->> '$.event_type' from ${NEWEST}
    ) where type is not null order by type`,
  services: `select distinct service from (
      select coalesce(payload ->> '$.service_name', payload ->> '$."service.name"', payload ->> '$.service') as service
      from ${NEWEST}
    ) where service is not null and service not like '{%' order by service`,
  tokens: 'select name from tokens where revoked_at is null order by name',
  schemas: 'select name from schemas order by name',
  views: `select name from objects where kind = 'view' order by name`,
  cubes: `select name from objects where kind = 'cube' order by name`,
  alerts: `select name from objects where kind = 'alert' order by name`,
};

/**
 * Reads names of the store at `dir` as it is, without migrating it: for completion at a prompt. Those of sealed events
 * come from the catalog.
 * @throws what SQLite throws, also for a store that is not there.
 */
export function storedNames(dir: string, kind: NameKind): string[] {
  if (kind === 'queries') return queryFiles(dir).map(({ name }) => name);
  const db = new Sqlite(databaseFile(dir), { readonly: true, fileMustExist: true, timeout: 50 });
  try {
    return db.prepare<[], string>(SQL[kind]).pluck().all().map(String);
  } finally {
    db.close();
  }
}
