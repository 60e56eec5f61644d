import { KIND, type Attribute } from '../../../../core/attribute.js';
import type { Segment } from '../../../catalog/segments.js';
import { columnNames } from './columns.js';

/**
 * Returns the names of the attributes that events of segments may have; undefined where the segments do not tell: those of
 * other kinds, and those of the first format with attributes that hold objects.
 */
export function presentAttributes(
  segments: readonly Segment[],
  attributes: readonly Attribute[],
): ReadonlySet<string> | undefined {
  const isFirst = segments.some(({ format }) => format === 1);
  if (segments.some(({ kind }) => kind !== 'parquet')) return undefined;
  const nameOf = columnNames(attributes);
  const present = attributes.filter(
    ({ paths, kinds }) =>
      (isFirst && (kinds & KIND.object) !== 0) ||
      paths.some(path => segments.some(({ columns }) => columns[nameOf(path)] !== undefined)),
  );
  return new Set(present.map(({ name }) => name));
}
