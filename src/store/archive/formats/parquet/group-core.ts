import { KIND, type Attribute, type ComputedColumn } from '../../../../core/attribute.js';
import { MAX_ATTRIBUTES } from '../../../../core/limits.js';
import {
  candidatesAmong,
  candidateText,
  type Candidate,
  type CoreColumn,
  type FindCandidates,
} from '../../../sql/candidates.js';
import { coreColumn, SEALED_COLUMNS } from '../../../sql/core-columns.js';
import type { ExtractedTexts } from '../../../sql/extracted-texts.js';
import { isUsualTime, usualTimeColumn } from '../../../sql/time-column.js';
import { quoteName, quoteText } from '../../../sql/text.js';
import type { Group } from '../../segment-groups.js';
import type { ShapeRows } from './flat-columns.js';

/** Events of a shape whose times are looked at before the statement that reads them all is written. */
const TIMES_LOOKED_AT = 8;

/**
 * SQL for the core columns that are sealed, over rows of a group that have `texts`. The definitions are those of
 * store/sql/core-columns.ts; the shapes of the events say which of the many keys there can be a value at.
 * @param isUsual true to read times as usualTimeColumn does where the samples of the shapes have such times
 */
export function groupCore(
  { type }: Group,
  shapeRows: readonly ShapeRows[],
  attributes: readonly Attribute[],
  texts: ExtractedTexts,
  isUsual: boolean,
): string {
  const kinds = kindsOf(shapeRows);
  const find = findIn(kinds, shapeRows, attributes);
  const sqlOf = (name: ComputedColumn): string => {
    if (name === 'type' && type !== null) return quoteText(type);
    const { candidates, sql } =
      name === 'time' && isUsual ? sampledTimeColumn(find, shapeRows) : coreColumn(name, find);
    return sql(
      candidates.map(candidate => {
        const seen = kinds.get(JSON.stringify(candidate.path)) ?? KIND.object;
        const isPlain = candidate.path.length > 0 && (!candidate.nested || (seen & (KIND.object | KIND.array)) === 0);
        return isPlain ? texts.at(candidate.path) : candidateText(candidate);
      }),
    );
  };
  return SEALED_COLUMNS.map(name => `${sqlOf(name)} as ${quoteName(name)}`).join(', ');
}

function sampledTimeColumn(find: FindCandidates, shapeRows: readonly ShapeRows[]): CoreColumn {
  const usual = usualTimeColumn(find);
  const times = usual ? sampledTimes(usual.candidates[0]!, shapeRows) : [];
  return usual && times.length > 0 && times.every(isUsualTime) ? usual : coreColumn('time', find);
}

/** Some values at a place, as texts. */
function sampledTimes({ path }: Candidate, shapeRows: readonly ShapeRows[]): string[] {
  return shapeRows.flatMap(({ batchShape: { sample } }) =>
    [...sample.slice(0, TIMES_LOOKED_AT), ...sample.slice(-TIMES_LOOKED_AT)].flatMap(json => {
      let value: unknown = JSON.parse(json);
      for (const key of path) value = (value as Record<string, unknown> | null | undefined)?.[key];
      return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
    }),
  );
}

/** The kinds of values at each path (as JSON). */
function kindsOf(shapeRows: readonly ShapeRows[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { batchShape } of shapeRows) {
    for (const [path, { kinds }] of batchShape.leaves) found.set(path, (found.get(path) ?? 0) | kinds);
  }
  return found;
}

/** Finds places at which some event of the group has a value. */
function findIn(
  kinds: ReadonlyMap<string, number>,
  shapeRows: readonly ShapeRows[],
  attributes: readonly Attribute[],
): FindCandidates {
  const find = candidatesAmong(attributes);
  // The shared shape knows the paths of attributes only, and with too many attributes a key may have none.
  const isUnsure = attributes.length >= MAX_ATTRIBUTES && shapeRows.some(({ batchShape }) => !batchShape.shape);
  return names => find(names).filter(({ path }) => isUnsure || kinds.has(JSON.stringify(path)));
}
