import type { Client } from 'pg';
import { quoteName } from '../../../../store/sql/text.js';
import { regclass, type Tables } from './table.js';

/** A query for the days of `$1` without a partition. */
function missingDaysSql({ events }: Tables): string {
  return `
    with bounds as (
      select regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \\((.+)\\) TO \\((.+)\\)') as ends
      from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = ${regclass(events)}
    ), ranges as (
      select case when ends[1] = 'MINVALUE' then '-infinity' else trim('''' from ends[1])::date end as first,
        case when ends[2] = 'MAXVALUE' then 'infinity' else trim('''' from ends[2])::date end as next
      from bounds where ends is not null
    )
    select to_char(day, 'YYYY-MM-DD') as day from unnest($1::date[]) as day
    where not exists (select 1 from ranges where day >= first and day < next) order by day`;
}

/**
 * Creates the missing partitions of days, in the caller's transaction. Concurrent callers wait for each other; readers
 * and other writers do not, because a partition is attached after its indexes are built.
 * @param days as ISO 8601 dates.
 */
export async function createPartitions(client: Client, tables: Tables, days: readonly string[]): Promise<void> {
  const missing = async (): Promise<string[]> => {
    const { rows } = await client.query<{ day: string }>(missingDaysSql(tables), [days]);
    return rows.map(({ day }) => day);
  };
  if ((await missing()).length === 0) return;
  await client.query(`select pg_advisory_xact_lock(${tables.lock})`);
  for (const day of await missing()) {
    const name = `${quoteName(tables.schema)}.${quoteName(`${tables.table}_${day.replaceAll('-', '')}`)}`;
    await client.query(`create table ${name} (like ${tables.events} including all)`);
    await client.query(
      `alter table ${tables.events} attach partition ${name} for values from ('${day}') to ('${dayAfter(day)}')`,
    );
  }
}

const DAY_MS = 86_400_000;

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);
}
