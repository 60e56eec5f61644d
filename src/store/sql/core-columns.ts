import type { Attribute, ComputedColumn } from '../../core/attribute.js';
import { NAME_KEYS, PARENT_SPAN_KEYS, SERVICE_KEYS, SPAN_KEYS, TRACE_KEYS } from '../../core/vocabulary.js';
import { candidatesAmong, candidateText, type Candidate, type CoreColumn, type FindCandidates } from './candidates.js';
import { durationColumn } from './duration.js';
import type { ExtractedTexts } from './extracted-texts.js';
import { messageColumn, severityColumn } from './log-columns.js';
import { coalesced, nonEmptyFirst, pointer, quoteName } from './text.js';
import { timeColumn } from './time-column.js';
import { typeColumn } from './type-column.js';

/** The core columns that segments of all kinds hold, save those of text; the others are read from keys. */
export const STORED_COLUMNS: readonly ComputedColumn[] = ['time', 'type', 'name'];

/** The core columns that events get before they are sealed. */
export const SEALED_COLUMNS: readonly ComputedColumn[] = [...STORED_COLUMNS, 'severity'];

/** The core columns that are ids. */
export const ID_COLUMNS: readonly ComputedColumn[] = ['trace_id', 'span_id', 'parent_span_id'];

const DEFINITIONS: Readonly<Record<ComputedColumn, (find: FindCandidates) => CoreColumn>> = {
  time: timeColumn,
  type: typeColumn,
  name: find => firstText(find(NAME_KEYS)),
  severity: severityColumn,
  message: messageColumn,
  service: find => firstText(find(SERVICE_KEYS)),
  trace_id: find => firstId(find(TRACE_KEYS)),
  span_id: find => firstId(find(SPAN_KEYS)),
  parent_span_id: find => firstId(find(PARENT_SPAN_KEYS)),
  duration_ms: durationColumn,
};

/** Returns the definition of a core column: the one that journal, sealing and segments share. */
export function coreColumn(name: ComputedColumn, find: FindCandidates): CoreColumn {
  return DEFINITIONS[name](find);
}

/** Core columns over payloads, in two steps so that a payload is parsed once for each column. */
export interface CoreColumns {
  /** Named expressions over `payload` and `encoding`: the first step. */
  readonly places: readonly { readonly name: string; readonly sql: string }[];
  /** Named expressions over these, and over `received_at`: the second step. */
  readonly columns: readonly { readonly name: ComputedColumn; readonly sql: string }[];
}

/**
 * Returns core columns as SQL over `payload`.
 * @param names those that are wanted
 * @param shared the texts that all of them are taken from, where the rows have these; by default a payload is parsed for
 * each column, and only for those that a statement reads
 */
export function coreColumns(
  attributes: readonly Attribute[],
  names: readonly ComputedColumn[] = SEALED_COLUMNS,
  shared?: ExtractedTexts,
): CoreColumns {
  const find = candidatesAmong(attributes);
  const places: { name: string; sql: string }[] = [];
  const columns = names.map(name => {
    const { candidates, sql } = coreColumn(name, find);
    const plain = candidates.filter(candidate => isPlain(candidate));
    const list = `${name} candidates`;
    if (plain.length > 0 && !shared) {
      const pointers = plain.map(({ path }) => pointer(path)).join(', ');
      places.push({ name: list, sql: `json_extract_string(payload, [${pointers}])` });
    }
    const texts = candidates.map((candidate, i) => {
      if (isPlain(candidate))
        return shared?.at(candidate.path) ?? `${quoteName(list)}[${plain.indexOf(candidate) + 1}]`;
      const own = `${name} candidate ${i + 1}`;
      places.push({ name: own, sql: candidateText(candidate) });
      return quoteName(own);
    });
    return { name, sql: sql(texts) };
  });
  return { places, columns };
}

function isPlain({ path, nested }: Candidate): boolean {
  return !nested && path.length > 0;
}

/**
 * Returns a query that adds core columns to rows that have `received_at` (TIMESTAMPTZ), `payload` and `encoding`.
 * @param others what else it selects of `source`.
 */
export function selectWithCore({ places, columns }: CoreColumns, others: string, source: string): string {
  const found = places.map(({ name, sql }) => `${sql} as ${quoteName(name)}`);
  const list = columns.map(({ name, sql }) => `${sql} as ${quoteName(name)}`);
  return `select ${[...list, others].join(', ')} from (select ${['*', ...found].join(',\n')} from ${source})`;
}

function firstText(candidates: readonly Candidate[]): CoreColumn {
  return { candidates, sql: texts => coalesced(nonEmptyFirst(texts), 'VARCHAR') };
}

/** SQL that is true for a text that cannot be an id: only zeros, or empty (W3C Trace Context, 3.2.2). */
export function isBlankId(text: string): string {
  return `ltrim(${text}, '0') = ''`;
}

function firstId(candidates: readonly Candidate[]): CoreColumn {
  const valid = (text: string): string => `case when not ${isBlankId(text)} then ${text} end`;
  return { candidates, sql: texts => coalesced(texts.map(valid), 'VARCHAR') };
}
