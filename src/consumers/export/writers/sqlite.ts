import { Sqlite } from '../../../store/database/sqlite.js';
import type { Row } from '../../../core/result.js';
import { quoteName } from '../../../store/sql/text.js';
import { isCore, rowsSql } from '../rows.js';
import type { ExportColumn } from '../request.js';
import { createSqliteViews } from '../sqlite-views.js';
import type { ExportWriter, WriterParts } from './writer.js';

/** The rows of a part are sorted in memory. */
const IDS_PER_PART = 10_000;

/** SQLite's limit of columns, SQLITE_MAX_COLUMN, in its usual build. */
const MAX_COLUMNS = 2000;

/**
 * Types of the columns, by those of the view. SQLite converts text to a column's type: INTEGER keeps 64 bits. Longer
 * integers stay text, since they would become doubles.
 */
const TYPES: Readonly<Record<string, string>> = { BIGINT: 'INTEGER', BOOLEAN: 'INTEGER', DOUBLE: 'REAL' };

/**
 * A SQLite database: the table `events` and views over it. A part is one transaction, so the highest id there tells how
 * far the export is.
 */
export function sqlite({ session, predicate, state, data }: WriterParts): ExportWriter {
  const notes: string[] = [];
  const columns = fitting(state.columns);
  let db: InstanceType<typeof Sqlite> | undefined;

  return {
    idsPerPart: IDS_PER_PART,
    notes,
    resume() {
      db = new Sqlite(data);
      db.pragma('journal_mode = delete');
      db.pragma('synchronous = full');
      const list = columns.map(
        ({ name, type }) => `${quoteName(name)} ${name === 'id' ? 'INTEGER PRIMARY KEY' : (TYPES[type] ?? 'TEXT')}`,
      );
      db.exec(`create table if not exists events (${list.join(', ')})`);
      const found = db.prepare('select coalesce(max(id), 0) as last, count(*) as events from events').get();
      const { last, events } = found as { last: number; events: number };
      return Promise.resolve({ afterId: Math.max(last, state.afterId), events });
    },
    async write() {
      const rows = rowsSql({ columns, attributes: session.attributes, predicate, form: 'text' });
      const insert = db!.prepare(`insert into events values (${columns.map(() => '?').join(', ')})`);
      const { batches } = await session.query(`${rows} order by id`);
      let events = 0;
      db!.exec('begin');
      try {
        for await (const batch of batches) {
          for (const row of batch) insert.run(valuesOf(row, columns));
          events += batch.length;
        }
        db!.exec('commit');
      } catch (error) {
        if (db!.inTransaction) db!.exec('rollback');
        throw error;
      }
      return { events };
    },
    finish() {
      notes.push(...createSqliteViews(db!, session.attributes, columns));
      const leftOut = state.columns.length - columns.length;
      if (leftOut > 0)
        notes.push(`${leftOut} attributes are in payloads only: SQLite has at most ${MAX_COLUMNS} columns`);
      return Promise.resolve();
    },
    close() {
      db?.close();
      return Promise.resolve();
    },
  };
}

/** As many attributes as fit, and all core columns. */
function fitting(columns: readonly ExportColumn[]): ExportColumn[] {
  let room = MAX_COLUMNS - columns.filter(isCore).length;
  return columns.filter(column => isCore(column) || room-- > 0);
}

function valuesOf(row: Row, columns: readonly ExportColumn[]): (string | number | null)[] {
  return row.map((text, i) => {
    if (text === null) return null;
    const { type } = columns[i]!;
    if (type === 'BOOLEAN') return text === 'true' ? 1 : 0;
    return type === 'DOUBLE' ? Number(text) : text;
  });
}
