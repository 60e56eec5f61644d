import type { ComputedColumn } from '../../core/attribute.js';
import { segmentSelects } from '../../store/archive/formats/registry.js';
import type { Segment } from '../../store/catalog/segments.js';
import { journalSelect } from './events-view.js';
import { rangeCondition, timeCondition, type Range } from './range.js';
import type { ViewColumns } from './view-columns.js';

/** The parts of a store that are rows of `events`. */
export interface EventParts {
  /** The store's directory. */
  readonly dir: string;
  readonly segments: readonly Segment[];
  readonly columns: ViewColumns;
  /** The shapes that payloads are rebuilt with; undefined leaves payloads NULL. */
  readonly shapes: ReadonlyMap<number, string> | undefined;
  readonly bounds: Range;
  readonly core: ReadonlySet<ComputedColumn>;
  readonly showsJournal: boolean;
}

/** Returns the queries whose rows together are `events`. */
export function eventSelects({ dir, segments, columns, shapes, bounds, core, showsJournal }: EventParts): string[] {
  const { registered, all } = columns;
  const condition = rangeCondition(bounds);
  const sealed = segmentSelects({ dir, segments, attributes: registered, columns: all, shapes, condition, core });
  if (!showsJournal) return sealed;
  const placeholder = (index: number): string | undefined => columns.placeholder(index);
  return [...sealed, journalSelect(registered, all, core, placeholder, timeCondition(bounds))];
}
