import { messageOf } from '../core/errors.js';
import type { Attribute } from '../core/attribute.js';
import type { JournalReader } from '../journal/reader.js';
import type { Segment } from '../journal/segments.js';
import { coreColumns, selectWithCore } from '../sql/core-columns.js';
import { checksumOf as checksumOfRows, numberOf } from './duckdb/kind.js';
import { kindNamed } from './kinds.js';
import type { Engine } from './engine.js';
import type { Finding } from './verify.js';

interface Parts {
  readonly reader: JournalReader;
  readonly engine: Engine;
}

/** The ids of duplicates that are named. */
const NAMED_IDS = 5;

/** Reads a segment's ids and compares them with the catalog; what is wrong, in words. */
export async function checkEvents(dir: string, segment: Segment, engine: Engine): Promise<string | undefined> {
  const source = eventsOf(dir, [segment], new Map());
  const connection = await engine.connection();
  try {
    if (segment.kind === 'duckdb') {
      const checksum = await checksumOfRows(connection, numberOf(segment.file));
      if (checksum !== segment.checksum) return 'its rows have changed: their checksum is another';
    }
    const [events, first, last, unordered] = await one(
      engine,
      `select count(*), min(id), max(id), count(*) filter (id <= before)
       from (select id, lag(id) over () as before from (${source}))`,
    );
    if (events !== segment.events) return `it has ${events} events instead of ${segment.events}`;
    if (first !== segment.firstId || last !== segment.lastId) {
      return `its ids go from ${first} to ${last} instead of ${segment.firstId} to ${segment.lastId}`;
    }
    return unordered === 0 ? undefined : `${unordered} events are not in the order of their ids`;
  } catch (error) {
    return unreadable(error);
  }
}

/** Rebuilds every payload of a segment, and computes from it what is stored beside it; what is wrong, in words. */
export async function deepCheck(dir: string, segment: Segment, { reader, engine }: Parts): Promise<string[]> {
  const source = eventsOf(dir, [segment], reader.shapes(segment.shapes), reader.attributes());
  const stored = `select id, received_at, "time" as "stored time", "type" as "stored type", "name" as "stored name",
    payload::varchar as payload from (${source})`;
  const valid = `(select * from (${stored}) where json_valid(payload))`;
  const counts = [
    [
      'count(*)',
      'events whose payload is no valid JSON',
      `from (${stored}) where not coalesce(json_valid(payload), false)`,
    ],
    ['count(*)', 'events received at another time than the catalog says', receivedOutside(source, segment)],
  ].map(([what, words, from]) => ({ words: words!, sql: `select ${what} ${from}` }));
  const columns = ['time', 'type', 'name'] as const;
  const differing = columns.map(name => `count(*) filter ("${name}" is distinct from "stored ${name}")`);
  const computed = `select ${differing.join(', ')} from (
    ${selectWithCore(coreColumns(reader.attributes()), columns.map(name => `"stored ${name}"`).join(', '), valid)})`;
  try {
    const problems: string[] = [];
    for (const { words, sql } of counts) {
      const [count] = await one(engine, sql);
      if (count !== 0) problems.push(`${count} ${words}`);
    }
    const wrong = await one(engine, computed);
    columns.forEach((name, i) => {
      if (wrong[i] !== 0) problems.push(`${wrong[i]} events whose ${name} is not what their payload says`);
    });
    return problems;
  } catch (error) {
    return [unreadable(error)];
  }
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

function receivedOutside(source: string, { receivedFrom, receivedTo }: Segment): string {
  return `from (${source}) where epoch_us(received_at) not between ${receivedFrom} and ${receivedTo}`;
}

function eventsOf(
  dir: string,
  segments: readonly Segment[],
  templates: ReadonlyMap<number, string>,
  attributes: readonly Attribute[] = [],
): string {
  return [...new Set(segments.map(({ kind }) => kind))]
    .flatMap(kind =>
      kindNamed(kind).selects({
        dir,
        segments: segments.filter(segment => segment.kind === kind),
        attributes,
        columns: [],
        templates,
        condition: 'true',
      }),
    )
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

function unreadable(error: unknown): string {
  return `it cannot be read: ${messageOf(error).split('\n')[0]}`;
}
