import { checkSql, type CubeCheck } from '../../query/cubes/checks.js';
import { statementOf, withCondition, type CubeColumn, type CubeDefinition } from '../../query/cubes/definition.js';
import { changedViews, missingFiles, missingFilesError } from '../../query/cubes/health.js';
import { storedSql } from '../../query/cubes/steps.js';
import { rowsOf } from '../../query/result/rows.js';
import { openSession, type Session } from '../../query/session.js';
import { countBuckets, readAllBuckets, readCube, type CubeState } from '../../store/catalog/cubes.js';
import { readObjects } from '../../store/catalog/objects.js';
import { openForReading, type StoreDatabase } from '../../store/database/store.js';
import { readRemovals } from '../../store/database/store-identity.js';
import { waitForCubes } from '../../store/locks/cube-lock.js';
import { quoteName } from '../../store/sql/text.js';
import type { Cube } from './cube-store.js';

/** Relative difference of doubles that the order of their addends explains. */
const DOUBLE_TOLERANCE = 1e-9;

/** Buckets that are named at most. */
const MAX_NAMED = 100;

/** A bucket whose stored rows differ from the events. */
export interface DifferingBucket {
  /** As a query prints it. */
  readonly bucket: string;
  /** Rows that differ, lack or are too many. */
  readonly rows: number;
}

export interface CubeVerification {
  /** Buckets that were compared. */
  readonly checked: number;
  /** Buckets that cannot be: their raw events are not all there. */
  readonly frozen: number;
  /** Buckets that wait for a refresh. */
  readonly touched: number;
  readonly differing: readonly DifferingBucket[];
}

/**
 * Computes the stored buckets of a cube again, from the events that they were computed from, and compares.
 * @returns undefined when the signal aborted before it began.
 */
export async function verifyCube(
  dir: string,
  { name, definition }: Cube,
  signal?: AbortSignal,
): Promise<CubeVerification | undefined> {
  const unlock = await waitForCubes(dir, signal);
  if (!unlock) return undefined;
  const db = openForReading(dir);
  try {
    const state = readCube(db, name);
    const states = countBuckets(db, name);
    const problem = missingFilesError(name, missingFiles(dir, state.files));
    if (problem) throw problem;
    const touched = new Set(state.touched.map(({ bucket }) => bucket));
    const isStale = changedViews(definition, readObjects(db)).length > 0;
    const fixed = readAllBuckets(db, name, ['frozen', 'partial', 'incomplete']).map(({ bucket }) => bucket);
    const without = [...fixed, ...touched];
    const session = await openSession({
      dir,
      timezone: definition.timezone,
      toId: state.cursorId,
      ...(signal && { signal }),
    });
    try {
      if (definition.plan && isStale) {
        return { checked: 0, frozen: fixed.length, touched: states.live, differing: [] };
      }
      if (!definition.plan && (isStale || (await isBehind(db, state, session)))) {
        const touched = await bucketsOf(session, definition, storedSql(dir, definition, state.files));
        return { checked: 0, frozen: 0, touched, differing: [] };
      }
      const stored = storedSql(dir, definition, state.files, without);
      const sql = comparison(definition, stored, recomputed(definition, without));
      const rows = await rowsOf(await session.query(sql));
      const differing = rows.map(([bucket, count]) => ({ bucket: bucket ?? 'NULL', rows: Number(count) }));
      const checked = definition.plan ? states.live - touched.size : await bucketsOf(session, definition, stored);
      return {
        checked: Math.max(0, checked),
        frozen: fixed.length,
        touched: touched.size,
        differing,
      };
    } finally {
      session.close();
    }
  } finally {
    db.close();
    unlock();
  }
}

/** True for a cube of which the next refresh computes all rows: the cubes that it reads have none of an earlier id. */
async function isBehind(db: StoreDatabase, { cursorId, removals }: CubeState, session: Session): Promise<boolean> {
  const { lastId } = await session.refresh({ toId: Infinity });
  await session.refresh({ toId: cursorId });
  return lastId > cursorId || removals !== readRemovals(db);
}

async function bucketsOf(session: Session, { bucket }: CubeDefinition, sql: string): Promise<number> {
  const rows = await rowsOf(await session.query(`select count(distinct ${quoteName(bucket)}) from (${sql})`));
  return Number(rows[0]![0]);
}

function recomputed(definition: CubeDefinition, without: readonly number[]): string {
  const { plan } = definition;
  if (!plan) return statementOf(definition);
  return withCondition(
    plan.checked ?? plan.rows,
    without.length === 0 ? 'true' : `${plan.key} not in (${without.join(', ')})`,
  );
}

/** SQL for the buckets in which two queries differ, and by how many rows. */
function comparison(definition: CubeDefinition, stored: string, again: string): string {
  const { columns, dimensions, checks = [], bucket } = definition;
  const dims = dimensions.map(quoteName);
  const measures = columns.filter(({ name }) => !dimensions.includes(name));
  const order = measures.length === 0 ? '1' : measures.map(({ name }) => quoteName(name)).join(', ');
  const part = dims.length === 0 ? '' : `partition by ${dims.join(', ')}`;
  const numbered = (sql: string): string =>
    `select *, true as here_, row_number() over (${part} order by ${order}) as row_ from (\n${sql}\n)`;
  const on = [...dims, 'row_'].map(name => `a.${name} is not distinct from b.${name}`).join(' and ');
  const same = measures.map(column =>
    sameValue(
      column,
      checks.find(({ column: name }) => name === column.name),
    ),
  );
  const differs = ['a.here_ is null', 'b.here_ is null', ...same.map(one => `not (${one})`)].join(' or ');
  const column = quoteName(bucket);
  return `select coalesce(a.${column}, b.${column}) as bucket, count(*) from (${numbered(stored)}) a
    full join (${numbered(again)}) b on ${on} where ${differs} group by 1 order by 1 limit ${MAX_NAMED}`;
}

const NUMBER = /^(?:DOUBLE|FLOAT|DECIMAL\([^)]*\)|U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?)$/;

function sameValue({ name, type }: CubeColumn, check: CubeCheck | undefined): string {
  const [a, b] = [`a.${quoteName(name)}`, `b.${quoteName(name)}`];
  const equal = `${a} is not distinct from ${b}`;
  const isFloat = type === 'DOUBLE' || type === 'FLOAT';
  const near = `abs(${a} - ${b}) <= ${DOUBLE_TOLERANCE} * greatest(abs(${a}), abs(${b}))`;
  const alternatives = [
    ...(isFloat ? [`coalesce(${near}, false)`] : []),
    ...(check ? [`coalesce(${checkSql(check, a, b, NUMBER.test(type))}, false)`] : []),
  ];
  return [equal, ...alternatives].join(' or ');
}
