import type { Attribute, ComputedColumn } from '../../core/attribute.js';
import { segmentSelects } from '../../store/archive/formats/registry.js';
import type { Segment } from '../../store/catalog/segments.js';
import { journalSelect } from './events-view.js';
import { rangeCondition, rangeWithin, timeCondition, type Range } from './range.js';
import type { ViewColumns } from './view-columns.js';

/** The parts of a store that are rows of `events`. */
export interface EventParts {
  /** The store's directory. */
  readonly dir: string;
  readonly segments: readonly Segment[];
  readonly columns: ViewColumns;
  /** The shapes that payloads are rebuilt with; undefined leaves payloads NULL. */
  readonly shapes: ReadonlyMap<number, string> | undefined;
  /** True where the statement at hand does not name `payload`. */
  readonly hidesPayload: boolean;
  readonly bounds: Range;
  /** On `id`, `time` and `received_at` of the segments' events. */
  readonly condition: string;
  readonly core: ReadonlySet<ComputedColumn>;
  readonly showsJournal: boolean;
  /** See {@link JournalColumns.parsesOnce}. */
  readonly parsesOnce: boolean;
}

/** Returns the queries whose rows together are `events`. */
export function eventSelects(parts: EventParts): string[] {
  const { dir, segments, columns, shapes, hidesPayload, bounds, condition, core, showsJournal, parsesOnce } = parts;
  const { registered, shown, leftOut } = columns;
  const sealed = byCondition(segments, bounds, condition).flatMap(([own, part]) =>
    segmentSelects({
      dir,
      segments: part,
      attributes: registered,
      columns: shown,
      leftOut,
      shapes,
      hidesPayload,
      condition: own,
      core,
    }),
  );
  if (!showsJournal) return sealed;
  const placeholder = (attribute: Attribute): string | undefined => columns.placeholder(attribute);
  return [
    ...sealed,
    journalSelect({ registered, shown, leftOut, core, placeholder, parsesOnce }, timeCondition(bounds)),
  ];
}

/** With more conditions than this, planning a query for each takes longer than one condition for all segments costs. */
const MAX_CONDITIONS = 4;

/**
 * The segments by the condition that their events in the bounds meet.
 * @param condition that holds for all of them.
 */
function byCondition(
  segments: readonly Segment[],
  bounds: Range,
  condition: string,
): [condition: string, segments: readonly Segment[]][] {
  const whole: [string, readonly Segment[]][] = [[condition, segments]];
  if (bounds.windows === undefined) return whole;
  const groups = new Map<string, Segment[]>();
  for (const segment of segments) {
    const own = rangeCondition(rangeWithin(bounds, segment));
    groups.set(own, [...(groups.get(own) ?? []), segment]);
  }
  return groups.size <= MAX_CONDITIONS ? [...groups] : whole;
}
