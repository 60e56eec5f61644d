import { messageOf, TelemetryError } from '../../core/errors.js';
import { withCondition, type CubeColumn, type CubeDefinition } from '../../query/cubes/definition.js';
import { allColumnsText, planBuckets, reasonForWhole, type PlanOrReason } from '../../query/cubes/plan.js';
import {
  callsAggregate,
  FUNCTION_KINDS_SQL,
  functionKinds,
  hasGroups,
  refusePlain,
  refuseUnsteady,
  type FunctionKinds,
} from '../../query/cubes/refuse.js';
import {
  isNode,
  nodesIn,
  parseSelect,
  selectText,
  tablesOf,
  type AskText,
  type SyntaxNode,
} from '../../query/cubes/syntax.js';
import { checksOf, type CubeCheck } from '../../query/cubes/checks.js';
import { expandAliases } from '../../query/cubes/expand.js';
import { storedViewsAmong, viewsNamedIn, type NamedView } from '../../query/named-views/named-views.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import { checkObjectName } from '../../query/view-definition.js';
import { listObjects, type StoredObject } from '../../store/catalog/objects.js';

/** A cube as a user describes it. */
export interface NewCube {
  readonly name: string;
  readonly sql: string;
  readonly bucket: string;
  readonly everyMs: number;
  readonly keepMs: number | undefined;
  readonly timezone: string;
}

/** The stored objects that a cube may read. */
export function tablesAmong(dir: string): StoredObject[] {
  return [...listObjects(dir, 'view'), ...listObjects(dir, 'cube')];
}

/** The definition of a cube whose views have changed. @throws TelemetryError as {@link defineCube}. */
export async function redefined(
  session: Session,
  dir: string,
  { name, sql, bucket, everyMs, keepMs, timezone }: CubeDefinition & { readonly name: string },
): Promise<CubeDefinition> {
  await session.refresh({ fromId: 0, toId: Infinity, windows: undefined });
  const others = tablesAmong(dir).filter(object => object.name !== name);
  return defineCube(session, others, { name, sql, bucket, everyMs, keepMs, timezone });
}

/** The condition that plans are bound with. */
const ANY = 'true';

/**
 * Analyses the query of a new cube.
 * @param session in the cube's time zone.
 * @param objects those of the store.
 * @throws TelemetryError `usage` for a query that no cube can have, and for a name that is taken; `sql` for one that does
 *   not bind.
 */
export async function defineCube(
  session: Session,
  objects: readonly StoredObject[],
  { name, sql, bucket, everyMs, keepMs, timezone }: NewCube,
): Promise<CubeDefinition> {
  await refuseName(session, name);
  const ask: AskText = async query => (await rowsOf(await session.query(query)))[0]![0]!;
  const parsed = await parseSelect(ask, sql);
  const kinds = functionKinds(await rowsOf(await session.query(FUNCTION_KINDS_SQL)));
  refuseUnsteady(parsed, kinds);
  refusePlain(parsed, kinds);
  await session.refresh();
  const views = viewsNamedIn(sql, { attributes: session.attributes, objects });
  const trees = await parseViews(ask, views);
  refuseCycle(name, [parsed, ...trees.values()]);
  for (const tree of trees.values()) refuseUnsteady(tree, kinds);
  const columns = await columnsOf(session, sql);
  const type = typeOfBucket(columns, bucket);
  const node = await expandAliases(parsed, (from, ctes) => columnsOfFrom(session, ask, from, ctes));
  const statement = await selectText(ask, node);
  const { dimensions, checks, extras } = await measuresOf(ask, node, columns, kinds);
  const planned = await planOver(session, ask, node, { name: bucket, type }, { trees, views, kinds, columns, extras });
  return {
    sql,
    bucket,
    everyMs,
    timezone,
    columns,
    ...((await hasColumns(session, statement, columns)) && { statement }),
    views: storedViewsAmong(views, objects),
    ...(keepMs !== undefined && { keepMs: checkedKeep(keepMs, { bucket, type, planned }) }),
    dimensions,
    checks: 'plan' in planned ? checks : checks.map(({ column }) => ({ column, kind: 'loose', extras: [] })),
    ...('plan' in planned ? { plan: planned.plan } : { whole: planned.reason }),
  };
}

/** @throws TelemetryError `usage` for a name that a statement cannot read as a table. */
async function refuseName(session: Session, name: string): Promise<void> {
  checkObjectName(name);
  await session.check(`with ${name} as (select 1) select * from ${name}`).catch((cause: unknown) => {
    throw new TelemetryError('usage', `"${name}" is a word of SQL`, { remedy: 'Choose another name.', cause });
  });
}

/** The names of the columns of a FROM clause; undefined where it binds only as a part of its query. */
async function columnsOfFrom(
  session: Session,
  ask: AskText,
  from: unknown,
  ctes: readonly unknown[],
): Promise<ReadonlySet<string> | undefined> {
  if (isNode(from) && from.type === 'EMPTY') return new Set();
  try {
    const { columns } = await session.query(`${await allColumnsText(ask, from, ctes)} limit 0`);
    return new Set(columns.map(({ name }) => name.toLowerCase()));
  } catch (error) {
    if (error instanceof TelemetryError && error.kind === 'sql') return undefined;
    throw error;
  }
}

/** True for a query that binds and has these columns. */
async function hasColumns(session: Session, sql: string, wanted: readonly CubeColumn[]): Promise<boolean> {
  try {
    const { columns } = await session.query(`select * from (\n${sql}\n) limit 0`);
    const text = (list: readonly CubeColumn[]): string => JSON.stringify(list.map(({ name, type }) => [name, type]));
    return text(columns) === text(wanted);
  } catch (error) {
    if (error instanceof TelemetryError && error.kind === 'sql') return false;
    throw error;
  }
}

/** The trees of views by lower-case name; cubes are not looked into. */
async function parseViews(ask: AskText, views: readonly NamedView[]): Promise<Map<string, SyntaxNode>> {
  const trees = new Map<string, SyntaxNode>();
  for (const { name, sql, cube } of views) if (!cube) trees.set(name.toLowerCase(), await parseSelect(ask, sql));
  return trees;
}

function refuseCycle(name: string, trees: readonly SyntaxNode[]): void {
  if (!trees.some(tree => tablesOf(tree).includes(name.toLowerCase()))) return;
  throw new TelemetryError('usage', `the cube ${name} would read itself`, {
    remedy: 'Give it another name than the tables and views that it reads.',
  });
}

async function columnsOf(session: Session, sql: string): Promise<CubeColumn[]> {
  const { columns } = await session.query(`select * from (\n${sql}\n) limit 0`);
  const names = columns.map(({ name }) => name.toLowerCase());
  const twice = columns.find(({ name }, i) => names.indexOf(name.toLowerCase()) !== i);
  if (!twice) return columns.map(({ name, type }) => ({ name, type }));
  throw new TelemetryError('usage', `the query has two columns called ${twice.name}`, {
    remedy: 'Name one of them otherwise: expression as name.',
  });
}

function typeOfBucket(columns: readonly CubeColumn[], bucket: string): string {
  const found = columns.find(({ name }) => name.toLowerCase() === bucket.toLowerCase());
  if (found) return found.type;
  throw new TelemetryError('usage', `--bucket ${bucket}: the query has no column of that name`, {
    remedy: `It has ${columns.map(({ name }) => name).join(', ')}.`,
  });
}

/** @throws TelemetryError `usage` for a cube without buckets to remove by age. */
function checkedKeep(
  keepMs: number,
  { bucket, type, planned }: { readonly bucket: string; readonly type: string; readonly planned: PlanOrReason },
): number {
  if ('reason' in planned) {
    throw new TelemetryError('usage', `--keep needs a cube that is refreshed by bucket: ${planned.reason}`, {
      remedy: 'Leave out --keep: each refresh computes such a cube from what its tables have.',
    });
  }
  if (/^(?:TIMESTAMP|DATE)/.test(type)) return keepMs;
  throw new TelemetryError('usage', `--keep needs a bucket that is a time: ${bucket} has the type ${type}`, {
    remedy: 'Use time_bucket(...) or date_trunc(...) for the bucket, or leave out --keep.',
  });
}

/** The plan of a query that reads events row by row, also through views. */
async function planOver(
  session: Session,
  ask: AskText,
  node: SyntaxNode,
  bucket: { readonly name: string; readonly type: string },
  {
    trees,
    views,
    kinds,
    columns,
    extras,
  }: {
    readonly trees: ReadonlyMap<string, SyntaxNode>;
    readonly views: readonly NamedView[];
    readonly kinds: FunctionKinds;
    readonly columns: readonly CubeColumn[];
    readonly extras: readonly SyntaxNode[];
  },
): Promise<PlanOrReason> {
  const cube = views.find(view => view.cube && tablesOf(node).includes(view.name.toLowerCase()));
  if (cube) return { reason: `it reads the cube ${cube.name}` };
  const planned = await planBuckets(ask, node, bucket, extras);
  if ('reason' in planned) return planned;
  for (let tables = tablesOf(node); tables.join() !== 'events';) {
    const [table = ''] = tables;
    const tree = trees.get(table);
    if (!tree || !isRowByRow(tree, kinds)) return { reason: `${table} is not a view of single events` };
    tables = tablesOf(tree);
  }
  try {
    const { touched, rows, checked } = planned.plan;
    for (const text of [touched, ...(checked === undefined ? [] : [checked])]) {
      await session.check(withCondition(text, ANY));
    }
    if (!(await hasColumns(session, withCondition(rows, ANY), columns)))
      return { reason: 'it cannot be written by bucket' };
  } catch (error) {
    if (!(error instanceof TelemetryError) || error.kind !== 'sql') throw error;
    return { reason: `its parts do not bind: ${messageOf(error).split('\n', 1)[0]!}` };
  }
  return planned;
}

/** True for a view with a row for each of some events, with their `id` and `time`. */
function isRowByRow(tree: SyntaxNode, kinds: FunctionKinds): boolean {
  if (reasonForWhole(tree) !== undefined || callsAggregate(tree, kinds) || hasGroups(tree)) return false;
  const list = tree.select_list as SyntaxNode[];
  const isChanged = (name: unknown): boolean => /^(?:id|time)$/i.test(String(name));
  return list.some(
    item =>
      item.type === 'STAR' &&
      !list.some(({ alias }) => isChanged(alias)) &&
      ![...nodesIn([item.replace_list, item.rename_list, item.exclude_list, item.qualified_exclude_list])].some(inner =>
        Object.values(inner).some(value => !isNode(value) && isChanged(value)),
      ),
  );
}

/** The columns by the aggregates in them. */
async function measuresOf(
  ask: AskText,
  node: SyntaxNode,
  columns: readonly CubeColumn[],
  kinds: FunctionKinds,
): Promise<{ dimensions: readonly string[]; checks: readonly CubeCheck[]; extras: readonly SyntaxNode[] }> {
  const list = (node.select_list ?? []) as SyntaxNode[];
  const names = columns.map(({ name }) => name);
  // With a star, or several SELECTs, expressions do not line up with columns: all of them tell rows apart.
  if (list.length !== columns.length) return { dimensions: names, checks: [], extras: [] };
  const dimensions = names.filter((_, i) => !callsAggregate(list[i]!, kinds));
  return { dimensions, ...(await checksOf(ask, list, names)) };
}
