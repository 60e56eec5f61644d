import { COMPUTED_COLUMNS, type Attribute, type ComputedColumn } from '../../core/attribute.js';
import type { SegmentColumn } from '../../journal/segments.js';
import { candidatesAmong, candidateText, type Candidate, type FindCandidates } from '../../sql/candidates.js';
import { coreColumn, STORED_COLUMNS } from '../../sql/core-columns.js';
import { placeholder } from '../../sql/placeholder.js';
import { coalesced, quoteName } from '../../sql/text.js';
import { IN_PAYLOAD } from './columns.js';

type Columns = Readonly<Record<string, SegmentColumn>>;

/** The text of a text event; those are kept as they were sent. */
const TEXT_EVENT = `case when payload_sent[1] = '"' and "encoding" is distinct from 'base64' then json_extract_string(
  case when "encoding" = 'surrogate' then well_formed(payload_sent) else payload_sent end, '$') end`;

/**
 * SQL for the core columns of the segments that one scan reads. A stored column is read as it is, and so is one that a
 * single flat column of the right type gives: a filter on it reaches the statistics of the files.
 * @param core the core columns that are needed; undefined for all.
 */
export function coreColumnList(
  columns: Columns,
  attributes: readonly Attribute[],
  core: ReadonlySet<ComputedColumn> | undefined,
  isFirstFormat: boolean,
): string[] {
  const find = candidatesIn(columns, attributes);
  const byPath = new Map(
    Object.entries(columns).flatMap(([name, column]) => column.paths.map(path => [path, { ...column, name }] as const)),
  );
  const valueSql = (candidate: Candidate): { text: string; number: string } => {
    if (candidate.path.length === 0) return { text: TEXT_EVENT, number: 'null' };
    return flatValue(candidate, byPath.get(JSON.stringify(candidate.path))!, isFirstFormat);
  };
  const sqlOf = (name: ComputedColumn): string => {
    if (STORED_COLUMNS.includes(name)) return quoteName(name);
    if (core?.has(name) === false) return placeholder(name);
    const { candidates, sql } = coreColumn(name, find);
    const values = candidates.map(valueSql);
    return sql(
      values.map(({ text }) => text),
      values.map(({ number }) => number),
    );
  };
  return COMPUTED_COLUMNS.map(name => `${sqlOf(name)} as ${quoteName(name)}`);
}

/** Finds the places at which events of the segments have a value. */
function candidatesIn(columns: Columns, attributes: readonly Attribute[]): FindCandidates {
  const present = new Set(Object.values(columns).flatMap(({ paths }) => paths));
  const find = candidatesAmong(attributes);
  return names => find(names).filter(({ path }) => present.has(JSON.stringify(path)));
}

/** SQL for the scalar that a column holds of a place, as text, and as the column has it. */
function flatValue(
  candidate: Candidate,
  { name, type, isPartial = false }: SegmentColumn & { readonly name: string },
  isFirstFormat: boolean,
): { text: string; number: string } {
  const fromPayload = candidateText(candidate);
  const isText = type === 'VARCHAR';
  // A column of texts may hold JSON of arrays, and in the first format of objects: the payload tells them from texts.
  const hidesJson = candidate.arrays || (candidate.nested && isFirstFormat);
  if (type === IN_PAYLOAD || (isText && hidesJson)) return { text: fromPayload, number: fromPayload };
  // A double does not tell the texts 1, 1.0 and 1e0 apart.
  if (type === 'DOUBLE') return { text: fromPayload, number: isPartial ? fromPayload : quoteName(name) };
  const stored = type === 'JSON' ? [] : [quoteName(name)];
  const texts = stored.map(value => (isText ? value : `${value}::VARCHAR`));
  const rest = isPartial ? [fromPayload] : [];
  return {
    text: coalesced([...texts, ...rest], 'VARCHAR'),
    number: isPartial ? coalesced([...texts, ...rest], 'VARCHAR') : coalesced(stored, 'DOUBLE'),
  };
}
