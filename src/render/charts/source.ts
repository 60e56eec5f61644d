import type { Column, Row } from '../../core/result.js';
import type { Roles } from './assign.js';
import type { Axis } from './chart.js';
import { canonicalUnit, unitOf } from './quantity.js';

/** The rows of a chart with the columns that its parts are read from. */
export interface Source {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly roles: Roles;
  /** The time zone of times that have one. */
  readonly timezone: string;
  readonly notes: string[];
}

/** The label of a NULL. */
export const NULL_LABEL = 'NULL';

/** The names of what is left out that a note lists; the others are counted. */
const NAMES_IN_NOTE = 5;

const number = new Intl.NumberFormat('en-US');

/** The y columns that share the unit of the first, and a note on the others: one axis has one unit. */
export function sameUnit({ columns, roles, notes }: Source): readonly number[] {
  const units = roles.y.map(index => unitOf(columns[index]!.name));
  const others = roles.y.filter((_, i) => units[i] !== units[0]).map(index => columns[index]!.name);
  if (others.length > 0) notes.push(`left out, since the unit differs: ${listed(others)}; choose with --y`);
  return roles.y.filter((_, i) => units[i] === units[0]);
}

/** The name of the series of a row: the value of `by`, the name of the y column, or both. */
export function seriesName({ roles }: Source, row: Row, y: string | undefined): string {
  if (roles.by === undefined) return y ?? '';
  const by = row[roles.by] ?? NULL_LABEL;
  return y === undefined ? by : `${by} ${y}`;
}

/** The axis of a column of times or numbers. */
export function axisOf({ columns, timezone }: Source, index: number): Axis {
  const { name, kind, type } = columns[index]!;
  const zone = kind !== 'time' ? undefined : type.includes('TIME ZONE') ? timezone : 'UTC';
  return { name, unit: unitOf(name), timezone: zone };
}

/** The axis of the values of these columns, with the unit that the rows name if they all name the same one. */
export function valueAxis({ columns, rows, roles, notes }: Source, y: readonly number[]): Axis {
  const names = y.map(index => columns[index]!.name);
  const name = names.length === 1 ? names[0]! : '';
  const own = unitOf(names[0] ?? '');
  if (roles.unit === undefined) return { name, unit: own };
  const units = new Set(rows.map(row => row[roles.unit!]).filter(unit => unit !== null && unit !== undefined));
  if (units.size > 1) notes.push(`the values have several units: ${listed([...units])}`);
  return { name, unit: units.size === 1 ? canonicalUnit([...units][0]!) : own };
}

/** Keeps the largest items in their order, and notes the names of the others. */
export function largest<T extends { readonly name: string; readonly weight: number }>(
  items: readonly T[],
  count: number,
  noun: string,
  notes: string[],
): readonly T[] {
  if (items.length <= count) return items;
  const kept = new Set([...items].sort((a, b) => b.weight - a.weight).slice(0, count));
  const others = items.filter(item => !kept.has(item)).map(({ name }) => name);
  notes.push(`${number.format(others.length)} smaller ${noun} left out: ${listed(others)}`);
  return items.filter(item => kept.has(item));
}

/** `a, b, c, d, e and 7 more` */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_IN_NOTE).join(', ');
  return names.length > NAMES_IN_NOTE ? `${shown} and ${number.format(names.length - NAMES_IN_NOTE)} more` : shown;
}

/** `1 value`, `1,200 values` */
export function counted(count: number, noun: string): string {
  return `${number.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}
