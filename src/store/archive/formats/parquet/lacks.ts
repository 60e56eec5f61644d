import { attributeType, COMPUTED_COLUMNS, type Attribute, type ComputedColumn } from '../../../../core/attribute.js';
import type { Segment } from '../../../catalog/segments.js';
import { viewAttributes } from '../../../sql/attribute.js';
import { columnNames } from './columns.js';
import { hasSources, sourcesOf, TEXT_COLUMNS } from './core-columns.js';
import { isCompleteText } from './ids.js';

/**
 * True when each event of the segment has NULL in a column of the view, or none of the values, as the catalog knows.
 * @param column in any case
 * @param values undefined for any value but NULL
 * @param attributes all that are registered
 */
export function parquetLacks(
  segment: Segment,
  column: string,
  values: readonly string[] | undefined,
  attributes: readonly Attribute[],
): boolean {
  // The first format follows older rules for core columns, and does not record the paths of objects.
  if (segment.format === 1) return false;
  const name = column.toLowerCase();
  if (name === 'type') return values?.every(value => !Object.hasOwn(segment.types, value)) === true;
  const core = COMPUTED_COLUMNS.find(known => known === name);
  if (core)
    return isTextColumn(core) && !hasSources(core, { columns: segment.columns, isFirstFormat: false }, attributes);
  const attribute = viewAttributes(attributes).find(known => known.name.toLowerCase() === name);
  if (!attribute) return false;
  const nameOf = columnNames(attributes);
  return attribute.paths.every(path => segment.columns[nameOf(path)] === undefined);
}

/**
 * The names of the file's columns among whose texts are all values that a column of the view has in the segment's
 * events; undefined where it may have others.
 * @param column in any case
 * @param attributes all that are registered
 */
export function parquetTexts(
  segment: Segment,
  column: string,
  attributes: readonly Attribute[],
): readonly string[] | undefined {
  if (segment.format === 1) return undefined;
  const names = textNames(segment.columns, column.toLowerCase(), attributes);
  return names?.every(name => isCompleteText(segment.columns[name]!)) === true ? names : undefined;
}

/** The names of the columns that hold the texts of a column; undefined where payloads hold them, or it has another type. */
function textNames(columns: Segment['columns'], name: string, attributes: readonly Attribute[]): string[] | undefined {
  const core = TEXT_COLUMNS.find(known => known === name);
  if (core) {
    const sources = sourcesOf(core, { columns, isFirstFormat: false }, attributes);
    // The texts of a column that has arrays are not those of the core column.
    if (sources.some(({ path, arrays }) => path.length === 0 || arrays)) return undefined;
    const paths = sources.map(({ path }) => JSON.stringify(path));
    return Object.keys(columns).filter(found => columns[found]!.paths.some(path => paths.includes(path)));
  }
  const attribute = viewAttributes(attributes).find(known => known.name.toLowerCase() === name);
  if (!attribute || attributeType(attribute.kinds) !== 'VARCHAR') return undefined;
  return attribute.paths.map(columnNames(attributes)).filter(found => columns[found] !== undefined);
}

function isTextColumn(name: ComputedColumn): boolean {
  return TEXT_COLUMNS.includes(name);
}
