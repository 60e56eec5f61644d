import { TelemetryError } from '../../core/errors.js';
import type { Column, Row } from '../../core/result.js';
import type { Parameters } from '../../query/sql/parameters.js';
import type { Session } from '../../query/session.js';
import { rowsOf } from '../../query/result/rows.js';
import { countedRows } from './violations.js';

/** Rows to show, and their columns. */
export interface ShownRows {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** True when there are more. */
  readonly isCut: boolean;
}

/** The judgement of an assertion. */
export interface Verdict {
  readonly isTrue: boolean;
  /** The reason for a false one, in a few words. */
  readonly reason: string;
  /** The rows that broke it; undefined without such rows. */
  readonly shown: ShownRows | undefined;
}

const TRUE: Verdict = { isTrue: true, reason: '', shown: undefined };

/**
 * Judges a statement. Its first column is a boolean, which has to be true in each of its rows, or it has one value, a
 * number that has to be other than 0. A statement without rows is false: it saw nothing.
 * @param limit the most rows to show.
 * @throws TelemetryError `usage` for a statement of another form; as {@link Session.query}.
 */
export async function judge(session: Session, sql: string, parameters: Parameters, limit: number): Promise<Verdict> {
  const { columns, batches } = await session.query(sql, parameters);
  const [first] = columns;
  const isBoolean = first?.kind === 'boolean';
  if (!isBoolean && !(first?.kind === 'number' && columns.length === 1)) throw unfit(first);
  const broken: Row[] = [];
  let rows = 0;
  let violations = 0;
  for await (const batch of batches) {
    for (const row of batch) {
      rows++;
      if (isTrue(row[0] ?? null, isBoolean)) continue;
      violations++;
      if (broken.length < limit) broken.push(row);
    }
    if (!isBoolean && rows > 1) throw unfit(first);
  }
  if (rows === 0) return { isTrue: false, reason: 'no rows', shown: undefined };
  if (violations === 0) return TRUE;
  if (rows === 1 && columns.length === 1) {
    const value = `the value is ${broken[0]?.[0] ?? 'NULL'}`;
    return (await judgeCount(session, sql, parameters, limit)) ?? { isTrue: false, reason: value, shown: undefined };
  }
  const shown = { columns, rows: broken, isCut: violations > broken.length };
  return { isTrue: false, reason: `${violations} of ${rows} rows ${violations === 1 ? 'is' : 'are'} not true`, shown };
}

function isTrue(value: string | null, isBoolean: boolean): boolean {
  if (value === null) return false;
  return isBoolean ? value === 'true' : Number(value) !== 0;
}

/** The verdict on a wrong count: the count, and the rows behind one that is too high. */
async function judgeCount(
  session: Session,
  sql: string,
  parameters: Parameters,
  limit: number,
): Promise<Verdict | undefined> {
  const counted = countedRows(sql, limit + 1);
  if (!counted) return undefined;
  const [[count] = []] = await rowsOf(await session.query(counted.count, parameters));
  const reason = `count(*) is ${count ?? 'NULL'}`;
  for (const query of counted.rows) {
    try {
      const result = await session.query(query, parameters);
      const rows = await rowsOf(result);
      if (rows.length === 0) break;
      const shown = { columns: result.columns, rows: rows.slice(0, limit), isCut: rows.length > limit };
      return { isTrue: false, reason, shown };
    } catch (error) {
      // The table has other columns.
      if (!(error instanceof TelemetryError) || error.kind !== 'sql') throw error;
    }
  }
  return { isTrue: false, reason, shown: undefined };
}

function unfit(first: Column | undefined): TelemetryError {
  const given = first === undefined ? 'no column' : `${first.name} (${first.type})`;
  return new TelemetryError(
    'usage',
    `an assertion begins with a boolean column, or has one number: this has ${given}`,
    {
      remedy:
        'Write it like select count(*) = 0 from events where ..., or select duration_ms < 100 as ok, * from spans.',
    },
  );
}
