import { COMPUTED_COLUMNS, type Attribute, type ComputedColumn } from '../../../../core/attribute.js';
import type { Segment } from '../../../catalog/segments.js';
import { columnNames } from './columns.js';
import { hasSources, TEXT_COLUMNS } from './core-columns.js';

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
  const attribute = attributes.find(known => known.name.toLowerCase() === name);
  if (!attribute) return false;
  const nameOf = columnNames(attributes);
  return attribute.paths.every(path => segment.columns[nameOf(path)] === undefined);
}

function isTextColumn(name: ComputedColumn): boolean {
  return TEXT_COLUMNS.includes(name);
}
