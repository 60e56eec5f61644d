import { TelemetryError } from '../../../core/errors.js';
import type { Attribute } from '../../../core/attribute.js';
import type { NewSegment } from '../../catalog/segments.js';
import { attributeTests, counted, storedAttributes, type Test } from './compare-columns.js';
import { longestPayload } from '../segment-stats.js';
import { coreColumns, selectWithCore } from '../../sql/core-columns.js';
import { MAX_SAMPLE_BYTES, SAMPLE_LINES } from '../line-files.js';
import type { Group } from '../segment-groups.js';
import { reading, type ArchivePlace } from '../format.js';
import { kindNamed } from '../formats/registry.js';

/** The table of the engine that holds these events. */
const SAMPLE_TABLE = 'sampled';

/** Columns that are compared as they are. */
const SAME = ['stream_id', 'received_at', 'time', 'type', 'name', 'severity'] as const;

/** A segment that was written and is not yet registered. */
export interface Written {
  readonly segment: NewSegment;
  readonly group: Group;
}

/**
 * Reads some events of a segment back from its file, before it counts, and compares them with those that were to be
 * written. The statement that wrote them has compared every payload, but not yet with what is in the file. Does nothing
 * where events are too large to be held a second time.
 * @throws TelemetryError `failure` where something differs; the caller must not register the segment.
 */
export async function checkWritten(
  { dir, connection, catalog }: ArchivePlace,
  { segment, group }: Written,
  attributes: readonly Attribute[],
): Promise<void> {
  const limit = Math.min(SAMPLE_LINES, Math.floor(MAX_SAMPLE_BYTES / longestPayload([group])));
  if (limit < 1) return;
  const kind = kindNamed(segment.kind);
  const rows = `(select * from ${group.sample()} limit ${limit})`;
  const core = selectWithCore(coreColumns(attributes), 'id, stream_id, received_at, payload, "encoding", sent', rows);
  await connection.run(`create or replace temp table ${SAMPLE_TABLE} as ${group.hasCore ? `from ${rows}` : core}`);
  const sampled = await connection.runAndReadAll(`select id::double from ${SAMPLE_TABLE}`);
  const ids = sampled.getRows().map(([id]) => id as number);
  const columns = storedAttributes(attributes, segment);
  const events = kind.selects({
    dir,
    segments: [{ ...segment, id: 0 }],
    attributes,
    columns,
    shapes: catalog.shapes(segment.shapes),
    // The bounds leave out row groups; the rows of one type may lie far apart among those of others.
    condition: `id >= ${Math.min(...ids)} and id <= ${Math.max(...ids)} and id in (${ids.join(', ')})`,
  });
  const { texts, stored, tests } = attributeTests(columns);
  const all: Test[] = [
    { words: 'events missing', sql: 'in_file is null' },
    ...['payload', ...SAME].map(name => ({
      words: `events with another ${name}`,
      sql: `in_file is not null and "${name}" is distinct from "file ${name}"`,
    })),
    ...tests.map(({ words, sql }) => ({ words, sql: `in_file is not null and ${sql}` })),
  ];
  const file = `(select id as in_file, payload::varchar as "file payload",
    ${[...SAME.map(name => `"${name}" as "file ${name}"`), ...stored].join(', ')} from (${events.join(' union all ')}))`;
  const compared = `(select *, ${texts} as "texts" from ${SAMPLE_TABLE} left join ${file} on id = in_file)`;
  const wrong = await reading(kind, { dir, connection }, () => counted(connection, all, compared));
  await connection.run(`drop table ${SAMPLE_TABLE}`);
  if (wrong.size === 0) return;
  const words = [...wrong].map(([what, count]) => `${count} ${what}`);
  throw new TelemetryError('failure', `the file ${segment.file} does not hold what was written: ${words.join(', ')}`, {
    remedy:
      'No event is lost: all stay where they were. Check the disk and the memory; if they are sound, report this.',
  });
}
