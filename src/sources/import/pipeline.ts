import type { EventSink } from '../../core/event.js';
import type { InputFormat } from '../../core/input-format.js';
import { renameKeys, type KeyName } from '../../formats/json/rename-keys.js';
import { ExportedRows, type ExportNotes } from './exported-rows.js';
import { addingMembers, NO_SHAPE, type Member, type TakeEvent } from '../shared/members.js';

/** Options of {@link pipeline}. */
export interface PipelineOptions {
  readonly reading: InputFormat;
  readonly names: readonly KeyName[];
  /** Members that name the file, added to every event. */
  readonly own: readonly Member[];
  /** Members given by the user. */
  readonly given: readonly Member[];
  /** In bytes. */
  readonly maxEventBytes: number;
}

/** The processing of events before the sender. */
export interface Pipeline {
  /** Takes JSON, and events made of cells, rows and typed lines. */
  readonly sink: EventSink;
  /** Takes events that already have their members. */
  readonly texts: EventSink;
  readonly notes: ExportNotes;
}

/** The form of payloads in each format that queries write. */
const PAYLOADS: Partial<Record<InputFormat, 'json' | 'cell'>> = {
  ndjson: 'json',
  json: 'json',
  text: 'json',
  csv: 'cell',
  tsv: 'cell',
  parquet: 'cell',
};

/** Renames keys, restores events from rows that a query wrote, and adds members. */
export function pipeline(take: TakeEvent, { reading, names, own, given, maxEventBytes }: PipelineOptions): Pipeline {
  const kind = PAYLOADS[reading];
  const rows = new ExportedRows(kind ?? 'json', maxEventBytes);
  const adding = addingMembers([...own, ...given], take, maxEventBytes);
  const addingGiven = addingMembers(given, take, maxEventBytes);

  const restoring: EventSink = (bytes, start, end, meta) => {
    const restored = rows.restore(bytes, start, meta.shape);
    if (!restored) adding(bytes, start, end, meta);
    else {
      const to = restored.isPayload ? addingGiven : adding;
      to(restored.bytes, 0, restored.bytes.length, { ...meta, shape: NO_SHAPE });
    }
  };

  const named = kind === undefined ? adding : restoring;
  return {
    sink: names.length === 0 ? named : renameKeys(names, named, { maxEventBytes }),
    texts: (bytes, start, end) => take(bytes, start, end),
    notes: rows,
  };
}
