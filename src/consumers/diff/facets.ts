import { pinEvents } from '../pin-events.js';
import { TelemetryError } from '../../core/errors.js';
import { nearNames } from '../../query/sql/near-names.js';
import { bindKnown } from '../../query/predicate.js';
import type { Session } from '../../query/session.js';
import { diffColumns, type DiffColumn, rangeCondition, valueCondition } from './columns.js';
import { countRanges, type RangeCounts } from './count-ranges.js';
import { countValues, type ValueCount } from './count-values.js';
import { hasRanges, measure, type Comparison, type LeftOut, type Measured } from './measure.js';

/** The quantiles that the ranges of a facet of numbers lie between. */
const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95];

/** A value, or a range of numbers, and its events. */
export interface FacetValue {
  /** The value, as text; undefined for a range. */
  readonly value?: string;
  /** A range of numbers: above the first, up to the second. */
  readonly above?: number | null;
  readonly upTo?: number | null;
  readonly events: number;
  /** Of all events of the facets, 0 to 1. */
  readonly share: number;
  /** A condition over events that selects these. */
  readonly where: string;
}

/** The most frequent values of an attribute; of numbers with many values, ranges in their order. */
export interface Facet {
  readonly attribute: string;
  /** Attributes with the same values and counts, such as `level` for `severity`. */
  readonly sameValues: readonly string[];
  /** Different values; of a facet of ranges about. */
  readonly distinct: number;
  readonly values: readonly FacetValue[];
  /** The events with other values, and those without one. */
  readonly rest: number;
  readonly missing: number;
}

/** The facets of some events, in the order of the columns. */
export interface Facets {
  readonly events: number;
  readonly facets: readonly Facet[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Counts the most frequent values of all attributes over all events; ids and attributes of one value are left out.
 * @param where a condition over events; undefined for all
 * @param most values of an attribute
 * @param only the names of the attributes to count, in any case, which are then never left out; undefined for all
 * @throws TelemetryError `sql` for a condition that does not bind; as {@link Session.query}.
 */
export async function findFacets(
  session: Session,
  { where, most, only }: { where: string | undefined; most: number; only: readonly string[] | undefined },
): Promise<Facets> {
  await pinEvents(session);
  const predicate = where === undefined ? undefined : await bindKnown(session, where, '--where');
  const comparison: Comparison = {
    source: predicate?.source ?? 'events',
    side: predicate ? `case when ${predicate.sql} then true end` : 'true',
  };
  const names = only?.map(name => name.toLowerCase());
  const everyColumn = diffColumns(session.attributes);
  refuseUnknown(only ?? [], everyColumn);
  const wanted = everyColumn.filter(({ name }) => names?.includes(name.toLowerCase()) ?? true);
  const { all, columns, leftOut } = await measure(session, comparison, wanted, names !== undefined);
  if (all.matching === 0) return { events: 0, facets: [], leftOut };
  const ranged = columns.filter(hasRanges);
  const single = columns.filter(column => !hasRanges(column));
  const counts = await countValues(session, comparison, single, 'matching > 0', most + 1);
  const ranges = ranged.length === 0 ? [] : await countRanges(session, comparison, ranged, all, QUANTILES);
  const events = all.matching;
  const facets = columns.map((column): Omit<Facet, 'sameValues'> =>
    hasRanges(column)
      ? rangesFacet(column, ranges[ranged.indexOf(column)]!, events)
      : valuesFacet(column, counts[single.indexOf(column)]!, events, most),
  );
  return { events, facets: joinSame(facets), leftOut };
}

/** @throws TelemetryError `usage` for a name that no attribute has. */
function refuseUnknown(only: readonly string[], columns: readonly DiffColumn[]): void {
  const names = columns.map(({ name }) => name);
  const unknown = only.find(word => !names.some(name => name.toLowerCase() === word.toLowerCase()));
  if (unknown === undefined) return;
  const near = nearNames(unknown, names);
  throw new TelemetryError('usage', `no event has an attribute "${unknown}"`, {
    remedy: near.length > 0 ? `near attributes: ${near.join(', ')}` : 'telemetry schema lists the attributes.',
  });
}

/** Joins facets that differ in the attribute alone. */
function joinSame(facets: readonly Omit<Facet, 'sameValues'>[]): Facet[] {
  const joined = new Map<string, Omit<Facet, 'sameValues'>[]>();
  for (const facet of facets) {
    const { values, rest, missing, distinct } = facet;
    const key = JSON.stringify([
      values.map(({ value, above, upTo, events }) => [value, above, upTo, events]),
      rest,
      missing,
      distinct,
    ]);
    joined.set(key, [...(joined.get(key) ?? []), facet]);
  }
  return [...joined.values()].map(([facet, ...same]) => {
    const { attribute, ...others } = facet!;
    return { attribute, sameValues: same.map(other => other.attribute), ...others };
  });
}

function valuesFacet(
  column: Measured,
  counts: readonly ValueCount[],
  events: number,
  most: number,
): Omit<Facet, 'sameValues'> {
  const values = counts.flatMap(({ value, matching }): FacetValue[] =>
    value === null ? [] : [{ value, events: matching, share: matching / events, where: valueCondition(column, value) }],
  );
  const shown = values.slice(0, most);
  const missing = events - column.present;
  const rest = column.present - shown.reduce((sum, value) => sum + value.events, 0);
  const distinct = (counts[0]?.among ?? 0) - (missing > 0 ? 1 : 0);
  return { attribute: column.name, distinct, values: shown, rest, missing };
}

function rangesFacet(
  column: Measured,
  { edges, bins, missing }: RangeCounts,
  events: number,
): Omit<Facet, 'sameValues'> {
  const values = bins.flatMap(({ matching }, i): FacetValue[] => {
    if (matching === 0) return [];
    const [above, upTo] = [edges[i - 1], edges[i]];
    return [
      {
        above: above === undefined ? null : Number(above),
        upTo: upTo === undefined ? null : Number(upTo),
        events: matching,
        share: matching / events,
        where: rangeCondition(column, above, upTo),
      },
    ];
  });
  return { attribute: column.name, distinct: column.distinct, values, rest: 0, missing: missing.matching };
}
