import type { DuckDBConnection } from '@duckdb/node-api';
import { attributeType, type Attribute } from '../core/attribute.js';
import type { Micros } from '../core/duration.js';
import type { JournalReader } from '../journal/reader.js';
import { viewAttributes } from '../sql/attribute.js';
import { eventsView, STREAMS_VIEW } from './events-view.js';
import { journalTable, streamsTable, type Bounds, type JournalScope } from './journal-table.js';

/**
 * Up to this many attributes, the view has them all. Binding costs DuckDB some 0.1 ms for each that is taken from the
 * payload, whether the query names it or not; with more, those that no query has needed yet only stand in.
 */
const MANY_ATTRIBUTES = 50;

/** Which events are in view. */
export interface Range {
  readonly since?: Micros;
  readonly until?: Micros;
  readonly fromId?: number;
}

/** The views of a session, kept in step with the store. */
export interface LiveView {
  readonly attributes: readonly Attribute[];
  /** The highest id in view, or 0. */
  readonly lastId: number;
  /** Grows whenever the columns change: what was prepared before no longer fits. */
  readonly generation: number;
  /** Takes in what the reader's snapshot has. Returns at once when the store has not changed. */
  refresh(fromId?: number): Promise<void>;
  /** Whether some attributes only stand in: their values are missing until {@link need} names them. */
  readonly hasStandIns: boolean;
  /** Takes the values of attributes from payload from now on: those that these columns of `journal` stand in for. */
  need(standIns: ReadonlySet<string>): Promise<void>;
}

/** Registers the journal with DuckDB and creates the views `events` and `streams`. */
export async function openView(reader: JournalReader, connection: DuckDBConnection, range: Range): Promise<LiveView> {
  const scope: JournalScope = { afterId: 0, upToId: 0, standIns: [] };
  connection.registerTableFunction(journalTable(reader, scope));
  connection.registerTableFunction(streamsTable(reader));
  await connection.run(STREAMS_VIEW);
  const needed = new Set<string>();
  let registered: readonly Attribute[] = [];
  let attributes: readonly Attribute[] = [];
  let attributesVersion: string | undefined;
  let version: number | undefined;
  let generation = 0;
  let fromId = range.fromId;

  const standIn = (index: number): string | undefined =>
    attributes.length > MANY_ATTRIBUTES && !needed.has(attributes[index]!.name) ? `a${index}` : undefined;
  const create = async (): Promise<void> => {
    scope.standIns = attributes.flatMap(({ kinds }, i) => {
      const name = standIn(i);
      return name === undefined ? [] : [{ name, type: attributeType(kinds) }];
    });
    await connection.run(eventsView(registered, attributes, standIn));
    generation++;
  };

  const view: LiveView = {
    get attributes() {
      return attributes;
    },
    get lastId() {
      return scope.upToId;
    },
    get generation() {
      return generation;
    },
    get hasStandIns() {
      return scope.standIns.length > 0;
    },
    async refresh(newFromId = fromId) {
      const now = reader.version();
      if (now === version && newFromId === fromId) return;
      fromId = newFromId;
      version = now;
      Object.assign(scope, boundsOf(reader, { ...range, ...(fromId !== undefined && { fromId }) }));
      if (attributesVersion === reader.attributesVersion()) return;
      attributesVersion = reader.attributesVersion();
      registered = reader.attributes();
      attributes = viewAttributes(registered);
      await create();
    },
    async need(standIns) {
      const names = attributes.filter((_, i) => standIns.has(`a${i}`)).map(({ name }) => name);
      if (names.length === 0) return;
      for (const name of names) needed.add(name);
      await create();
    },
  };
  reader.begin();
  try {
    await view.refresh();
    return view;
  } finally {
    reader.end();
  }
}

function boundsOf(reader: JournalReader, { since, until, fromId = 0 }: Range): Bounds {
  const last = reader.lastId();
  const first = since === undefined ? 0 : (reader.firstIdSince(since) ?? last + 1);
  const end = until === undefined ? last + 1 : (reader.firstIdSince(until) ?? last + 1);
  return { afterId: Math.max(first, fromId) - 1, upToId: end - 1 };
}
