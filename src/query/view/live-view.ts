import type { DuckDBConnection } from '@duckdb/node-api';
import { registerReading } from '../../store/archive/functions.js';
import { segmentSelects } from '../../store/archive/formats/registry.js';
import { attributeType, type Attribute, type ComputedColumn } from '../../core/attribute.js';
import { documentedAttribute } from '../../core/documented-attributes.js';
import type { IdInterval } from '../../store/catalog/event-ranges.js';
import type { JournalReader } from '../../store/journal/reader.js';
import type { Segment } from '../../store/catalog/segments.js';
import { readIndexes, type UserIndex } from '../../store/catalog/user-indexes.js';
import { viewAttributes } from '../../store/sql/attribute.js';
import { eventsView, journalSelect, STREAMS_VIEW, typeView } from './events-view.js';
import { type TypeView } from '../sql/built-in-tables.js';
import { placeholderFunctions, type Needs } from './core-needs.js';
import type { IndexUse } from '../index/use.js';
import { emptyScope, journalTable, streamsTable } from './journal-table.js';
import {
  hasTimeBounds,
  journalBounds,
  overlaps,
  rangeCondition,
  isSameRange,
  timeCondition,
  type Range,
} from './range.js';
import type { NeededColumns } from '../plan/scanned-columns.js';
import type { SealedDatabase } from '../sandbox/sealed-database.js';
import { SegmentHealth, type OnDamaged } from './segment-health.js';

/**
 * Up to this many attributes, the view has them all. Binding costs DuckDB some 0.1 ms for each that is taken from the
 * payload, whether the query names it or not; with more, those that no query has needed yet only stand in.
 */
const MANY_ATTRIBUTES = 50;

/** Up to this many shapes, the view can rebuild payloads for every query; binding costs some 0.3 ms for each. */
const MANY_SHAPES = 16;

/** From bounds so near to each other, as tail's are, rows are read in less time than a query is planned for an index. */
const NARROW_SPAN = 10_000;

/** What a query reads beside its rows, for `--explain`. */
export interface ReadPlan {
  readonly segments: readonly Segment[];
  /** Segments that hold nothing of the range. */
  readonly skipped: readonly Segment[];
  /** Those set aside by verify, and those that this session found damaged. */
  readonly damaged: readonly Segment[];
  readonly journal: {
    /** Rows that scans have given since the session began. */
    readonly rowsRead: number;
    /** Rows that are there, in the range or not. */
    readonly rows: number;
    /** What the indexes that the last query used are on. */
    readonly indexes: readonly string[];
  };
}

/** The views of a session, kept in step with the store. */
export interface LiveView {
  readonly attributes: readonly Attribute[];
  /** The same, and the keys that core columns are read from by their own names. */
  readonly registered: readonly Attribute[];
  /** The highest id that there is, or 0. */
  readonly lastId: number;
  /** Up to this id, events are in segments, and do not come in the order of their ids. */
  readonly sealedId: number;
  /** Grows whenever the columns change: what was prepared before no longer fits. */
  readonly generation: number;
  readonly plan: ReadPlan;
  /** The ids of the journal that are in view, and whether a statement that reads streams was bound since it was last reset. */
  readonly scope: Readonly<IdInterval> & { readsStreams: boolean };
  /** Whether the range, or the one given, has events in segments. To be asked within a snapshot. */
  needsSegments(bounds?: Range): boolean;
  /** Takes in what the reader's snapshot has; at once when the store has not changed. Attaches the database that a query needs. */
  refresh(bounds?: Range): Promise<void>;
  /** Makes the views fit the store and a statement that reads these core columns and views of types, after {@link refresh}. */
  show(needs: Needs): Promise<void>;
  /** Gives the view a column of NULL that the documentation names and no event has had; false for another name. */
  showDocumented(name: string): Promise<boolean>;
  /** Whether some values only stand in: they are missing until {@link need} names them. */
  readonly hasStandIns: boolean;
  /**
   * Leaves out, from now on, the segments of the plan whose files are not what was sealed. Returns whether there were any.
   * @param again whether files are read that were found sound before.
   */
  leaveOutDamaged(again: boolean): Promise<boolean>;
  /** The indexes that users made; none where the bounds leave so few rows that those are read faster. To be asked within a snapshot. */
  indexes(): readonly UserIndex[];
  /** How the scans of the journal find their rows from now on; undefined reads them all. */
  useIndexes(use: IndexUse | undefined): void;
  /** Puts the values into the view that the plan of a query reads, from now on. */
  need(columns: NeededColumns): Promise<void>;
}

/** Registers the journal with DuckDB and creates the views `events` and `streams`. To be called within a snapshot. */
export async function openView(
  dir: string,
  reader: JournalReader,
  connection: DuckDBConnection,
  range: Range,
  database: SealedDatabase,
  onDamaged: OnDamaged = () => undefined,
  rebuildsPayload = true,
): Promise<LiveView> {
  const scope = emptyScope();
  connection.registerTableFunction(journalTable(reader, scope));
  connection.registerTableFunction(streamsTable(reader, scope));
  registerReading(connection);
  for (const unread of placeholderFunctions()) connection.registerScalarFunction(unread);
  await connection.run(STREAMS_VIEW);
  const needed = new Set<string>();
  const shownCore = new Set<ComputedColumn>(hasTimeBounds(range) ? ['time'] : []);
  const shownTypes = new Set<TypeView>();
  /** Columns that the documentation names and a statement read before an event had them, by their names in lower case. */
  const documented = new Map<string, Attribute>();
  /** True while the view does not fit the store. */
  let isStale = true;
  let needsPayload = false;
  let registered: readonly Attribute[] = [];
  let attributes: readonly Attribute[] = [];
  let attributesVersion: string | undefined;
  let all: readonly Segment[] = [];
  let damaged: readonly Segment[] = [];
  let segmentsVersion: string | undefined;
  let plan: Omit<ReadPlan, 'journal'> = { segments: [], skipped: [], damaged: [] };
  let shownBounds = '';
  let showsJournal = true;
  let version: number | undefined;
  let generation = 0;
  let sealedId = 0;
  let lastId = 0;
  let idSpan = 0;
  let bounds: Range = range;
  let indexNames: readonly string[] = [];

  const health = new SegmentHealth(dir, onDamaged);

  const standIn = (index: number): string | undefined =>
    attributes.length > MANY_ATTRIBUTES && index < attributes.length && !needed.has(attributes[index]!.name)
      ? `a${index}`
      : undefined;
  const lacksPayload = (): boolean =>
    rebuildsPayload && !needsPayload && new Set(plan.segments.flatMap(({ shapes }) => shapes)).size > MANY_SHAPES;
  // Core columns of the first format are computed from payloads, also for a session that shows none.
  const needsShapes = (): boolean => rebuildsPayload || plan.segments.some(({ format }) => format === 1);
  const attach = async (): Promise<void> => {
    if (plan.segments.some(({ kind }) => kind === 'duckdb')) await database.attach();
  };
  const create = async (): Promise<void> => {
    await attach();
    scope.standIns = attributes.flatMap(({ kinds }, i) => {
      const name = standIn(i);
      return name === undefined ? [] : [{ name, type: attributeType(kinds) }];
    });
    const { segments } = plan;
    for (const { name } of attributes) documented.delete(name.toLowerCase());
    const columns = [...attributes, ...documented.values()];
    const sealed = segmentSelects({
      dir,
      segments,
      attributes: registered,
      columns,
      templates:
        !needsShapes() || lacksPayload() ? undefined : reader.shapes(new Set(segments.flatMap(({ shapes }) => shapes))),
      condition: rangeCondition(bounds),
      core: shownCore,
    });
    const journal = showsJournal ? [journalSelect(registered, columns, shownCore, standIn, timeCondition(bounds))] : [];
    try {
      await connection.run(eventsView([...sealed, ...journal]));
      for (const name of shownTypes) await connection.run(typeView(name));
    } catch (error) {
      // To bind, DuckDB reads the end of each file.
      if (!(await health.inspect(plan.segments, true))) throw error;
      choose();
      return create();
    }
    isStale = false;
    generation++;
  };
  /** Chooses the segments that the bounds reach; returns whether they or what is taken of them changed. */
  const choose = (): boolean => {
    const before = plan;
    const newest = reader.segmentsVersion();
    if (segmentsVersion !== newest) {
      segmentsVersion = newest;
      all = reader.segments();
      damaged = reader.damagedSegments();
    }
    const reached = new Set(all.filter(segment => overlaps(bounds, segment)));
    const chosen = [...reached].filter(segment => health.isSound(segment));
    const aside = damaged.filter(segment => overlaps(bounds, segment));
    const found = [...reached].filter(({ id }) => health.isDamaged(id));
    plan = { segments: chosen, skipped: all.filter(segment => !reached.has(segment)), damaged: [...found, ...aside] };
    health.tell(found, aside);
    const boundsNow = chosen.length === 0 ? '' : rangeCondition(bounds);
    const isSame = boundsNow === shownBounds && isSameList(before.segments, chosen);
    shownBounds = boundsNow;
    return !isSame;
  };

  const view: LiveView = {
    scope,
    get attributes() {
      return attributes;
    },
    get registered() {
      return registered;
    },
    get lastId() {
      return lastId;
    },
    get sealedId() {
      return sealedId;
    },
    get generation() {
      return generation;
    },
    get plan() {
      const rows = reader.countEvents(reader.sealedId(), Number.MAX_SAFE_INTEGER);
      return { ...plan, journal: { rowsRead: scope.rowsRead, rows, indexes: scope.usedIndex ? indexNames : [] } };
    },
    get hasStandIns() {
      return scope.standIns.length > 0 || lacksPayload();
    },
    needsSegments(newBounds = {}) {
      const { fromId = 0 } = { ...bounds, ...newBounds };
      return reader.sealedId() >= fromId && reader.sealedId() > 0;
    },
    async refresh(newBounds = {}) {
      const now = reader.version();
      const changed = { ...bounds, ...newBounds };
      if (now === version && isSameRange(changed, bounds)) return attach();
      const isSameTime = timeCondition(changed) === timeCondition(bounds);
      bounds = changed;
      version = now;
      sealedId = reader.sealedId();
      const { whole, intervals } = journalBounds(reader, bounds);
      lastId = reader.lastId();
      idSpan = whole.upToId - whole.afterId;
      Object.assign(scope, { ...whole, intervals });
      const hasNewSegments = choose();
      // Its part of the view takes DuckDB longer to bind than all segments: it is left out where it gives no rows.
      const showedJournal = showsJournal;
      showsJournal = plan.segments.length === 0 || intervals.length > 0;
      if (attributesVersion !== reader.attributesVersion()) {
        attributesVersion = reader.attributesVersion();
        registered = reader.attributes();
        attributes = viewAttributes(registered);
      } else if (!hasNewSegments && showsJournal === showedJournal && isSameTime) return attach();
      isStale = true;
    },
    async show({ core, typeViews }) {
      const isShown = core.every(name => shownCore.has(name)) && typeViews.every(name => shownTypes.has(name));
      if (!isStale && isShown) return;
      for (const name of core) shownCore.add(name);
      for (const name of typeViews) shownTypes.add(name);
      await create();
    },
    async showDocumented(name) {
      const attribute = documentedAttribute(name);
      if (!attribute || documented.has(name.toLowerCase())) return false;
      documented.set(name.toLowerCase(), attribute);
      await create();
      return true;
    },
    async leaveOutDamaged(again) {
      if (!(await health.inspect(plan.segments, again))) return false;
      choose();
      await create();
      return true;
    },
    indexes() {
      const isNarrow = (bounds.fromId ?? 0) > sealedId && idSpan < NARROW_SPAN;
      return isNarrow ? [] : readIndexes(key => reader.setting(key));
    },
    useIndexes(use) {
      scope.indexed = use?.condition;
      scope.usedIndex = false;
      indexNames = (use?.indexes ?? []).map(({ attribute, where }) =>
        where === undefined ? attribute : `${attribute} where ${where}`,
      );
    },
    async need(columns) {
      const standIns = columns.get('JOURNAL');
      const names = attributes.filter((_, i) => standIns?.has(`a${i}`)).map(({ name }) => name);
      const addsPayload = lacksPayload() && columns.get('READ_PARQUET')?.has('payload_sent') === true;
      if (names.length === 0 && !addsPayload) return;
      for (const name of names) needed.add(name);
      needsPayload ||= addsPayload;
      await create();
    },
  };
  await view.refresh();
  return view;
}

function isSameList(a: readonly Segment[], b: readonly Segment[]): boolean {
  return a.map(({ id }) => id).join() === b.map(({ id }) => id).join();
}
