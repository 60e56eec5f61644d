import type { Dialect, TextColumn } from './dialect.js';

/** A question to the events of a store. */
export interface Question {
  readonly name: string;
  /** SQL whose rows are compared, in any order. */
  readonly sql: string;
}

const TEXTS: readonly TextColumn[] = [
  'type',
  'name',
  'severity',
  'message',
  'service',
  'trace_id',
  'span_id',
  'parent_span_id',
  'encoding',
];

/** The types of events whose keys are asked for: their payloads are JSON for every engine. */
const PLAIN_TYPES = 'log null missing unicode integer metric nanos old late trace long'.split(' ');

/** The questions of the suite, in the SQL of a dialect. @param of the engine that is tested, which may lack some columns. */
export function questions(sql: Dialect, of: Dialect): Question[] {
  const { events, id } = sql;
  const text = (value: string): string => sql.text(value);
  const type = sql.column('type');
  const plain = `${type} in (${PLAIN_TYPES.map(name => `'${name}'`).join(', ')})`;
  const ofKey = (name: string): Question[] => [
    { name: `the values of ${name}`, sql: `select ${id}, ${sql.key(name)} from ${events} where ${plain}` },
    {
      name: `null against missing in ${name}`,
      sql: `select ${sql.state(name)}, count(*) from ${events} where ${plain} group by 1`,
    },
  ];
  return [
    { name: 'the number of events', sql: `select count(*), min(${id}), max(${id}) from ${events}` },
    { name: 'every id, once', sql: `select ${id}, count(*) from ${events} group by ${id}` },
    { name: 'events by type', sql: `select ${type}, count(*) from ${events} group by ${type}` },
    ...TEXTS.map(name => ({
      name: `the column ${name}`,
      sql: `select ${id}, ${sql.column(name)} from ${events}`,
    })),
    ...TEXTS.map(name => ({
      name: `the NULLs of ${name}`,
      sql: `select count(*), count(${sql.column(name)}) from ${events}`,
    })),
    {
      name: 'the columns stream_id and duration_ms',
      sql: `select ${id}, ${sql.column('stream_id')}, ${sql.column('duration_ms')} from ${events}`,
    },
    {
      name: 'the times in microseconds',
      sql: `select ${id}, ${text(sql.micros('time'))}, ${text(sql.micros('received_at'))} from ${events}`,
    },
    ...(of.nanos === undefined
      ? []
      : [{ name: 'the times in nanoseconds', sql: `select ${id}, ${text(sql.nanos!)} from ${events}` }]),
    ...(of.payload === undefined
      ? []
      : [{ name: 'the payloads, byte for byte', sql: `select ${id}, ${sql.payload!} from ${events}` }]),
    {
      name: 'exact integers',
      sql: `select ${id}, ${text(sql.integer('integer'))} from ${events} where ${type} = 'integer'`,
    },
    {
      name: 'exact sums of integers',
      sql: `select ${text(`sum(${sql.integer('integer')})`)} from ${events} where ${type} = 'integer'`,
    },
    {
      name: 'groups of a trace',
      sql: `select ${sql.column('trace_id')}, count(*), min(${id}) from ${events}
        where ${sql.column('trace_id')} is not null group by ${sql.column('trace_id')}`,
    },
    ...['text', 'integer', 'flag', 'host', 'message'].flatMap(ofKey),
  ];
}
