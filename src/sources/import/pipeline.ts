import type { EventSink } from '../../core/event.js';
import type { Reading } from '../../core/input-format.js';
import { renameKeys, type KeyName } from '../../formats/json/rename-keys.js';
import { ExportedRows, type ExportNotes } from './exported-rows.js';
import { addingMembers, NO_SHAPE, type Member, type TakeEvent } from '../shared/members.js';

/** What is done to events on their way to the feeder. */
export interface PipelineOptions {
  readonly reading: Reading;
  readonly names: readonly KeyName[];
  /** Members that every event gets: the file. */
  readonly own: readonly Member[];
  /** Members that the user asked for. */
  readonly given: readonly Member[];
  /** In bytes. */
  readonly maxEventBytes: number;
}

/** The way of events to the feeder. */
export interface Pipeline {
  /** Takes what was written as JSON, and what was made of cells, rows and lines of a type. */
  readonly sink: EventSink;
  /** Takes what has its members already. */
  readonly texts: EventSink;
  readonly notes: ExportNotes;
}

/** How a payload is written in what queries wrote, by the types that they write. */
const PAYLOADS: Partial<Record<Reading, 'json' | 'cell'>> = {
  ndjson: 'json',
  json: 'json',
  text: 'json',
  csv: 'cell',
  tsv: 'cell',
  parquet: 'cell',
};

/** Renames keys, takes the events out of rows that a query wrote, and adds members. */
export function pipeline(take: TakeEvent, { reading, names, own, given, maxEventBytes }: PipelineOptions): Pipeline {
  const kind = PAYLOADS[reading];
  const rows = new ExportedRows(kind ?? 'json', maxEventBytes);
  const adding = addingMembers([...own, ...given], take, maxEventBytes);
  const addingGiven = addingMembers(given, take, maxEventBytes);

  const restoring: EventSink = (bytes, start, end, facts) => {
    const restored = rows.restore(bytes, start, facts.shape);
    if (!restored) adding(bytes, start, end, facts);
    else {
      const to = restored.isPayload ? addingGiven : adding;
      to(restored.bytes, 0, restored.bytes.length, { ...facts, shape: NO_SHAPE });
    }
  };

  const named = kind === undefined ? adding : restoring;
  return {
    sink: names.length === 0 ? named : renameKeys(names, named, { maxEventBytes }),
    texts: (bytes, start, end) => take(bytes, start, end),
    notes: rows,
  };
}
