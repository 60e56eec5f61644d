import { stringAt } from '../../../../formats/json/members.js';
import type { Column, ColumnKind } from '../../../../core/result.js';
import { zonedPrinter } from '../../../../query/result/timestamps.js';
import type { ValueStyle } from '../../../../query/result/values.js';

/** A column of a result, and a function that prints its values: the JSON of a value, as text or NULL. */
export interface PrintedColumn extends Column {
  readonly print: (bytes: Uint8Array, start: number, end: number) => string;
}

/** Types whose values are JSON of any kind. */
const NESTED =
  /^(?:Array|Tuple|Map|Nested|JSON|Object|Variant|Dynamic|Point|Ring|Polygon|MultiPolygon|LineString|MultiLineString)\b/;

const NUMBER = /^(?:U?Int\d+|Float\d+|BFloat16|Decimal)/;

/** Numbers that JSON lacks, by ClickHouse's text for each. */
const DENORMALS: Readonly<Record<string, string>> = { nan: 'NaN', '-nan': 'NaN', inf: 'Infinity', '-inf': '-Infinity' };

/** A column of a result with the printer for its ClickHouse type. */
export function printedColumn(name: string, type: string, style: ValueStyle): PrintedColumn {
  const inner = innerType(type);
  const kind = kindOf(inner);
  return { name, type, kind, print: printerOf(inner, kind, style) };
}

/** A type without Nullable and LowCardinality. */
function innerType(type: string): string {
  const [, inner] = /^(?:Nullable|LowCardinality)\((.*)\)$/.exec(type) ?? [];
  return inner === undefined ? type : innerType(inner);
}

function kindOf(type: string): ColumnKind {
  if (NUMBER.test(type)) return 'number';
  if (type === 'Bool') return 'boolean';
  if (type.startsWith('Date')) return 'time';
  return NESTED.test(type) ? 'json' : 'text';
}

function printerOf(type: string, kind: ColumnKind, style: ValueStyle): PrintedColumn['print'] {
  if (kind === 'json') return asSent;
  if (kind === 'number')
    return (bytes, start, end) => DENORMALS[textOf(bytes, start, end)] ?? textOf(bytes, start, end);
  if (!type.startsWith('DateTime')) return textOf;
  const print = pointInTime(style);
  return (bytes, start, end) => print(textOf(bytes, start, end));
}

const QUOTE = 0x22;

function asSent(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}

/** The text of a JSON string; of any other value its JSON. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  return bytes[start] === QUOTE ? stringAt(bytes, start, end) : asSent(bytes, start, end);
}

const ISO = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/;

/** Prints the UTC times that ClickHouse writes with `date_time_output_format = 'iso'`. */
function pointInTime({ timezone, time }: ValueStyle): (text: string) => string {
  const print = zonedPrinter(timezone, time);
  return text => {
    const [, seconds, fraction = ''] = ISO.exec(text) ?? [];
    const millis = seconds === undefined ? NaN : Date.parse(`${seconds}Z`);
    if (Number.isNaN(millis)) return text;
    const nanos = fraction.padEnd(9, '0');
    const printed = print(BigInt(millis) * 1000n + BigInt(nanos.slice(0, 6)));
    if (nanos.endsWith('000')) return printed;
    return printed.replace(/([T ]\d\d:\d\d:\d\d)(?:\.\d+)?/, `$1.${nanos}`);
  };
}
