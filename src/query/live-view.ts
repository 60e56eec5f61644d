import type { DuckDBConnection } from '@duckdb/node-api';
import type { Attribute } from '../core/attribute.js';
import type { Micros } from '../core/duration.js';
import type { JournalReader } from '../journal/reader.js';
import { eventsView, STREAMS_VIEW, viewAttributes } from './events-view.js';
import { journalTable, streamsTable, type Bounds } from './journal-table.js';

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
}

/** Registers the journal with DuckDB and creates the views `events` and `streams`. */
export async function openView(reader: JournalReader, connection: DuckDBConnection, range: Range): Promise<LiveView> {
  const bounds: Bounds = { afterId: 0, upToId: 0 };
  connection.registerTableFunction(journalTable(reader, bounds));
  connection.registerTableFunction(streamsTable(reader));
  await connection.run(STREAMS_VIEW);
  let attributes: readonly Attribute[] = [];
  let known = '';
  let version: number | undefined;
  let generation = 0;
  let fromId = range.fromId;

  const view = {
    get attributes() {
      return attributes;
    },
    get lastId() {
      return bounds.upToId;
    },
    get generation() {
      return generation;
    },
    async refresh(newFromId = fromId) {
      const now = reader.version();
      if (now === version && newFromId === fromId) return;
      fromId = newFromId;
      version = now;
      Object.assign(bounds, boundsOf(reader, { ...range, ...(fromId !== undefined && { fromId }) }));
      const all = reader.attributes();
      const fingerprint = JSON.stringify(all);
      if (fingerprint === known) return;
      attributes = viewAttributes(all);
      await connection.run(eventsView(all));
      known = fingerprint;
      generation++;
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
