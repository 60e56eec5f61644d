import { COMPUTED_COLUMNS, type Attribute, type ComputedColumn } from '../../../../core/attribute.js';
import type { Segment, SegmentColumn } from '../../../catalog/segments.js';
import {
  candidatesAmong,
  candidateText,
  type Candidate,
  type CoreColumn,
  type FindCandidates,
} from '../../../sql/candidates.js';
import { coreColumn, ID_COLUMNS, SEALED_COLUMNS } from '../../../sql/core-columns.js';
import { placeholder } from '../../../sql/placeholder.js';
import { coalesced, quoteName } from '../../../sql/text.js';
import { IN_PAYLOAD, SEVERITY_MARK, TEXTS } from './columns.js';

type Columns = Readonly<Record<string, SegmentColumn>>;

/** SQL for the text of a text event. These are kept as sent. */
const TEXT_EVENT = `case when payload_sent[1] = '"' and "encoding" is distinct from 'base64' then json_extract_string(
  case when "encoding" = 'surrogate' then well_formed(payload_sent) else payload_sent end, '$') end`;

/** Segments that one scan reads, with what decides the SQL of their core columns. */
export interface CoreScan {
  readonly columns: Columns;
  /** True for segments of the first format: their time, type and name follow older rules, and they have no severity. */
  readonly isFirstFormat: boolean;
}

/**
 * SQL for the core columns of the segments that one scan reads. A stored column is read directly, and so is a single
 * flat column of the right type that gives the value: filters on it then use the statistics of the files.
 * @param core the core columns that are needed; undefined for all.
 */
export function coreColumnSql(
  scan: CoreScan,
  attributes: readonly Attribute[],
  core: ReadonlySet<ComputedColumn> | undefined,
): Record<ComputedColumn, string> {
  const { columns, isFirstFormat } = scan;
  const byPath = new Map(
    Object.entries(columns).flatMap(([name, column]) => column.paths.map(path => [path, { ...column, name }] as const)),
  );
  const valueSql = (candidate: Candidate): { text: string; number: string } => {
    if (candidate.path.length === 0) return { text: TEXT_EVENT, number: 'null' };
    return flatValue(candidate, byPath.get(JSON.stringify(candidate.path))!, isFirstFormat);
  };
  const sqlOf = (name: ComputedColumn): string => {
    if (!isFirstFormat && name === 'severity' && !(SEVERITY_MARK in columns)) return 'null::VARCHAR';
    if (!isFirstFormat && SEALED_COLUMNS.includes(name)) return quoteName(name);
    if (core?.has(name) === false) return placeholder(name);
    const { candidates, sql } = coreColumn(name, findIn(scan, attributes));
    const present = candidates.filter(candidate => isPresent(scan, candidate));
    const ids = ID_COLUMNS.includes(name) ? onlyIds(present, byPath, isFirstFormat) : undefined;
    if (ids !== undefined) return ids;
    const only = present.length === 1 ? byPath.get(JSON.stringify(present[0]!.path)) : undefined;
    if (name === 'time' && only?.timeFormat !== undefined) return onlyTime(only.name, sql);
    const values = present.map(valueSql);
    const value = sql(
      values.map(({ text }) => text),
      values.map(({ number }) => number),
    );
    return isFirstFormat ? orStored(name, value) : value;
  };
  return Object.fromEntries(COMPUTED_COLUMNS.map(name => [name, sqlOf(name)])) as Record<ComputedColumn, string>;
}

/**
 * A text of the paths that a segment's core columns come from, limited to those that a query needs and the segment does
 * not store. Segments with the same text share a scan that can read each core column from one flat column.
 */
export function coreSources(
  { columns, format }: Pick<Segment, 'columns' | 'format'>,
  attributes: readonly Attribute[],
  core: ReadonlySet<ComputedColumn>,
): string {
  const scan = { columns, isFirstFormat: format === 1 };
  const names = TEXT_COLUMNS.filter(name => core.has(name));
  const hasSeverity = core.has('severity') && SEVERITY_MARK in columns;
  return JSON.stringify([hasSeverity, ...names.map(name => sourcesOf(name, scan, attributes).map(({ path }) => path))]);
}

/** The paths, as JSON, of the values of those core columns that segments past the first format do not store. */
export function corePaths(attributes: readonly Attribute[], core: ReadonlySet<ComputedColumn>): string[] {
  const computed = COMPUTED_COLUMNS.filter(name => core.has(name) && !SEALED_COLUMNS.includes(name));
  const find = candidatesAmong(attributes);
  return computed.flatMap(name => coreColumn(name, find).candidates.map(({ path }) => JSON.stringify(path)));
}

/** True when an event of the segments may have a value in a core column. */
export function hasSources(name: ComputedColumn, scan: CoreScan, attributes: readonly Attribute[]): boolean {
  return sourcesOf(name, scan, attributes).length > 0;
}

/** The places from which a core column has its values in the events of the segments. */
export function sourcesOf(name: ComputedColumn, scan: CoreScan, attributes: readonly Attribute[]): Candidate[] {
  const { candidates } = coreColumn(name, findIn(scan, attributes));
  return candidates.filter(candidate => isPresent(scan, candidate));
}

/** The time, when one column alone gives it; a NULL there means the stored time. */
function onlyTime(name: string, sql: CoreColumn['sql']): string {
  return `case when ${quoteName(name)} is null then "time" else ${sql([quoteName(name)])} end`;
}

/**
 * The value of a column, or the stored one: the first format stores core columns but drops rare keys that they were
 * computed from.
 */
function orStored(name: ComputedColumn, value: string): string {
  if (name === 'time') return `coalesce(nullif(${value}, received_at), "time")`;
  if (name === 'name') return `coalesce(${value}, "name")`;
  if (name === 'type') return `case when "type" in ('metric', 'trace', 'log', 'event') then ${value} else "type" end`;
  return value;
}

/** The core columns that are the text of one path. */
export const TEXT_COLUMNS: readonly ComputedColumn[] = [...ID_COLUMNS, 'message', 'service'];

/** The bare name of the only column that gives ids, when no id in it is blank. */
function onlyIds(
  candidates: readonly Candidate[],
  byPath: ReadonlyMap<string, SegmentColumn & { readonly name: string }>,
  isFirstFormat: boolean,
): string | undefined {
  if (candidates.length !== 1) return undefined;
  const [candidate] = candidates;
  const column = byPath.get(JSON.stringify(candidate!.path))!;
  const { text } = flatValue(candidate!, column, isFirstFormat);
  return column.hasIdsOnly === true && text === quoteName(column.name) ? text : undefined;
}

/** Finds the candidate paths at which events of the segments have a value. */
function findIn(scan: CoreScan, attributes: readonly Attribute[]): FindCandidates {
  const find = candidatesAmong(attributes);
  return names => find(names).filter(candidate => isPresent(scan, candidate));
}

/**
 * False when no event of the segments has a value at the path. Segments of the first format do not record whether they
 * have text events.
 */
function isPresent({ columns, isFirstFormat }: CoreScan, { path }: Candidate): boolean {
  if (path.length === 0) return isFirstFormat || TEXTS in columns;
  const text = JSON.stringify(path);
  return Object.values(columns).some(({ paths }) => paths.includes(text));
}

/** SQL for the scalar of a flat column, as text and in the column's type. */
function flatValue(
  candidate: Candidate,
  { name, type, timeFormat, isPartial = false }: SegmentColumn & { readonly name: string },
  isFirstFormat: boolean,
): { text: string; number: string } {
  const fromPayload = candidateText(candidate);
  const isText = type === 'VARCHAR';
  // A text column may hold the JSON of arrays, and in the first format of objects; only the payload tells them from
  // texts.
  const hidesJson = candidate.arrays || (candidate.nested && isFirstFormat);
  if (type === IN_PAYLOAD || timeFormat !== undefined || (isText && hidesJson))
    return { text: fromPayload, number: fromPayload };
  // A double does not distinguish the texts 1, 1.0 and 1e0.
  if (type === 'DOUBLE') return { text: fromPayload, number: isPartial ? fromPayload : quoteName(name) };
  const stored = type === 'JSON' ? [] : [quoteName(name)];
  const texts = stored.map(value => (isText ? value : `${value}::VARCHAR`));
  const rest = isPartial ? [fromPayload] : [];
  return {
    text: coalesced([...texts, ...rest], 'VARCHAR'),
    number: isPartial ? coalesced([...texts, ...rest], 'VARCHAR') : coalesced(stored, 'DOUBLE'),
  };
}
