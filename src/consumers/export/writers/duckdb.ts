import { rowsOf } from '../../../query/result/rows.js';
import { quoteName, quoteText } from '../../../store/sql/text.js';
import { createViews } from '../duckdb-views.js';
import { rowsSql } from '../rows.js';
import type { ExportWriter, WriterParts } from './writer.js';

/** Some seconds of work. Each part is scanned by itself, so smaller ones take longer in all. */
const IDS_PER_PART = 200_000;

/** The name of the database while it is attached. */
const ATTACHED = '"telemetry export"';
const TABLE = `${ATTACHED}.main.events`;

/**
 * A DuckDB database: the table `events` and the named views over it. A part is one INSERT, which is in the file whole or
 * not at all, so the highest id there tells how far the export is.
 */
export function duckdb({ session, predicate, state, data }: WriterParts): ExportWriter {
  const notes: string[] = [];
  let isAttached = false;

  async function detach(): Promise<void> {
    if (!isAttached) return;
    isAttached = false;
    await session.execute(`detach ${ATTACHED}`);
  }

  return {
    idsPerPart: IDS_PER_PART,
    notes,
    async resume() {
      await session.execute(`attach ${quoteText(data)} as ${ATTACHED}`);
      isAttached = true;
      const list = state.columns.map(({ name, type }) => `${quoteName(name)} ${type}`);
      await session.execute(`create table if not exists ${TABLE} (${list.join(', ')})`);
      const [row] = await rowsOf(await session.query(`select coalesce(max(id), 0), count(*) from ${TABLE}`));
      const [last, events] = row!.map(Number) as [number, number];
      return { afterId: Math.max(last, state.afterId), events };
    },
    async write() {
      const { attributes } = session;
      const sql = rowsSql({ columns: state.columns, attributes, predicate, form: 'native' });
      return { events: await session.insertInto(TABLE, sql) };
    },
    async finish() {
      await session.execute(`checkpoint ${ATTACHED}`);
      await detach();
      notes.push(...(await createViews(data, session)));
    },
    close: detach,
  };
}
