import type { FieldDef } from 'pg';
import type { Column, ColumnKind } from '../../../../core/result.js';
import { timestampPrinter, zonedPrinter } from '../../../../query/result/timestamps.js';
import type { ValueStyle } from '../../../../query/result/values.js';

/** A column of a result, and a function that prints the text of its values. */
export interface PrintedColumn extends Column {
  readonly print: (text: string) => string;
}

/** Types by their oid in pg_type.dat, which is the same in every server. */
const TYPES: Readonly<Record<number, readonly [name: string, kind: ColumnKind]>> = {
  16: ['boolean', 'boolean'],
  17: ['bytea', 'text'],
  19: ['name', 'text'],
  20: ['bigint', 'number'],
  21: ['smallint', 'number'],
  23: ['integer', 'number'],
  25: ['text', 'text'],
  26: ['oid', 'number'],
  114: ['json', 'json'],
  700: ['real', 'number'],
  701: ['double precision', 'number'],
  1042: ['character', 'text'],
  1043: ['character varying', 'text'],
  1082: ['date', 'time'],
  1114: ['timestamp without time zone', 'time'],
  1184: ['timestamp with time zone', 'time'],
  1186: ['interval', 'text'],
  1700: ['numeric', 'number'],
  2950: ['uuid', 'text'],
  3802: ['jsonb', 'json'],
};

const BOOLEAN = 16;
const DATE = 1082;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;

/** A column of a result that prints values as PostgreSQL does, except booleans and times. */
export function printedColumn({ name, dataTypeID }: FieldDef, style: ValueStyle): PrintedColumn {
  const [type, kind] = TYPES[dataTypeID] ?? [`type ${dataTypeID}`, 'text'];
  return { name, type, kind, print: printerOf(dataTypeID, style) };
}

function printerOf(type: number, { timezone, time }: ValueStyle): (text: string) => string {
  switch (type) {
    case BOOLEAN:
      return text => (text === 't' ? 'true' : 'false');
    case DATE:
      return text => text.replace(/^(\S+) BC$/, '$1 (BC)');
    case TIMESTAMP:
      return pointInTime(timestampPrinter(1_000_000n, time));
    case TIMESTAMPTZ:
      return pointInTime(zonedPrinter(timezone, time));
    default:
      return text => text;
  }
}

const TIME =
  /^(?<year>\d{4,})-(?<month>\d\d)-(?<day>\d\d) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,6}))?(?:(?<sign>[+-])(?<offset>\d\d(?::\d\d){0,2}))?(?<era> BC)?$/;

function pointInTime(print: (micros: bigint) => string): (text: string) => string {
  return text => {
    const micros = microsOf(text);
    return micros === undefined ? text : print(micros);
  };
}

/** The microseconds since 1970 of a time in PostgreSQL's style ISO; undefined for an infinity. */
function microsOf(text: string): bigint | undefined {
  const parts = TIME.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const at = (name: string): number => Number(parts[name]);
  const date = new Date(0);
  date.setUTCFullYear(parts.era === undefined ? at('year') : 1 - at('year'), at('month') - 1, at('day'));
  date.setUTCHours(at('hour'), at('minute'), at('second'));
  if (Number.isNaN(date.getTime())) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = (parts.offset ?? '').split(':').map(Number);
  const offset = (hours * 3600 + minutes * 60 + seconds) * (parts.sign === '-' ? -1000 : 1000);
  return BigInt(date.getTime() - offset) * 1000n + BigInt((parts.fraction ?? '').padEnd(6, '0'));
}
