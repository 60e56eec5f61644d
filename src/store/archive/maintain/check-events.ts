import { messageOf, TelemetryError } from '../../../core/errors.js';
import type { JournalReader } from '../../journal/reader.js';
import type { Segment } from '../../catalog/segments.js';
import { differences, storedAttributes } from '../check/compare-columns.js';
import { checksumOf as checksumOfRows, numberOf } from '../formats/duckdb/kind.js';
import type { Engine } from '../engine.js';
import type { SegmentView } from '../format.js';
import { kindNamed } from '../formats/registry.js';
import { eventsAtOnce, inParts, isOutOfMemory, withRoom } from '../memory.js';
import type { Finding } from './finding.js';

interface Parts {
  readonly reader: JournalReader;
  readonly engine: Engine;
}

/** The ids of duplicates that are named. */
const NAMED_IDS = 5;

/**
 * Reads a segment's ids and compares them with the catalog; returns what is wrong, in words.
 * @throws TelemetryError `failure` where the memory is too small to tell.
 */
export async function checkEvents(dir: string, segment: Segment, engine: Engine): Promise<string | undefined> {
  const source = eventsOf(dir, [segment], new Map());
  const connection = await engine.connection();
  try {
    if (segment.kind === 'duckdb') {
      const checksum = await checksumOfRows(connection, numberOf(segment.file));
      if (checksum !== segment.checksum) return 'its rows have changed: their checksum is another';
    }
    const sql = `select count(*), min(id), max(id), count(*) filter (id <= before)
       from (select id, lag(id) over () as before from (${source}))`;
    const [events, first, last, unordered] = await withRoom(engine, segment.file, () => one(engine, sql));
    if (events !== segment.events) return `it has ${events} events instead of ${segment.events}`;
    if (first !== segment.firstId || last !== segment.lastId) {
      return `its ids go from ${first} to ${last} instead of ${segment.firstId} to ${segment.lastId}`;
    }
    return unordered === 0 ? undefined : `${unordered} events are not in the order of their ids`;
  } catch (error) {
    return unreadable(error);
  }
}

/**
 * Rebuilds every payload of a segment and compares the stored columns with it. Returns the problems in words.
 * @throws TelemetryError `failure` when the memory does not suffice for the check.
 */
export async function deepCheck(dir: string, segment: Segment, { reader, engine }: Parts): Promise<string[]> {
  const attributes = reader.attributes();
  const shapes = reader.shapes(segment.shapes);
  const columns = storedAttributes(attributes, segment);
  const sums = new Map<string, number>();
  const source = { segment, engine, ids: eventsOf(dir, [segment], new Map()), most: eventsAtOnce(segment) };
  try {
    await inParts(source, async ({ afterId, lastId }) => {
      const condition = `id > ${afterId} and id <= ${lastId}`;
      const events = eventsOf(dir, [segment], shapes, { attributes, columns, condition });
      const found = await differences(await engine.connection(), events, { attributes, columns, segment });
      for (const [words, count] of found) sums.set(words, (sums.get(words) ?? 0) + count);
    });
  } catch (error) {
    return [unreadable(error)];
  }
  return [...sums].map(([words, count]) => `${count} ${words}`);
}

/** Looks for ids that are there twice, over all segments, and for those that the journal still has as its own. */
export async function checkIds(
  dir: string,
  segments: readonly Segment[],
  { reader, engine }: Parts,
): Promise<Finding[]> {
  const sealedId = reader.sealedId();
  const late = segments.filter(({ lastId }) => lastId > sealedId);
  const findings: Finding[] = late.map(({ file, events }) => ({
    file,
    problem: `it has events past ${sealedId}, up to which the journal's are sealed`,
    events,
  }));
  if (segments.length === 0) return findings;
  const twice = await rows(
    await engine.connection(),
    `select id from (${eventsOf(dir, segments, new Map())}) group by id having count(*) > 1 order by id limit ${NAMED_IDS}`,
  );
  if (twice.length > 0)
    findings.push({ file: 'archive', problem: `events are there twice: ids ${twice.map(([id]) => id).join(', ')}` });
  return findings;
}

/** The part of the view over segments. */
function eventsOf(
  dir: string,
  segments: readonly Segment[],
  shapes: ReadonlyMap<number, string>,
  view: Partial<Pick<SegmentView, 'attributes' | 'columns' | 'condition'>> = {},
): string {
  const { attributes = [], columns = [], condition = 'true' } = view;
  return [...new Set(segments.map(({ kind }) => kind))]
    .flatMap(kind => {
      const own = segments.filter(segment => segment.kind === kind);
      return kindNamed(kind).selects({ dir, segments: own, attributes, columns, shapes, condition });
    })
    .join('\nunion all\n');
}

type Connection = Awaited<ReturnType<Engine['connection']>>;

async function rows(connection: Connection, sql: string): Promise<number[][]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows().map(row => row.map(Number));
}

async function one(engine: Engine, sql: string): Promise<number[]> {
  return (await rows(await engine.connection(), sql))[0]!;
}

/** Says that a file cannot be read. @throws the error itself where it tells nothing about the file. */
function unreadable(error: unknown): string {
  if (error instanceof TelemetryError || isOutOfMemory(error)) throw error;
  return `it cannot be read: ${messageOf(error).split('\n')[0]}`;
}
