import type { Column, ColumnKind, Result, Row } from '../../core/result.js';
import type { FORMATS } from '../config/settings.js';
import type { Context } from './context.js';

/** The formats of a report, the same for every command that prints one. */
export type ReportFormat = (typeof FORMATS)[number];

/** The result of a command. */
export interface Report {
  /** Prints the result for people. */
  readonly table: () => Promise<unknown>;
  /** The result for programs: an object, or a list of objects. */
  readonly json: unknown;
  /** True to print `json` over several lines. */
  readonly isIndented?: boolean;
  /** The rows of csv, tsv, markdown and line; by default those of `json`. */
  readonly rows?: () => Result;
}

/** Prints the result of a command in a format. */
export async function printReport(
  format: ReportFormat,
  { streams, signal }: Pick<Context, 'streams' | 'signal'>,
  { table, json, isIndented, rows }: Report,
): Promise<void> {
  const write = (text: string): Promise<void> => streams.out.write(text);
  if (format === 'table') {
    await table();
    return;
  }
  if (format === 'json') return write(`${isIndented ? JSON.stringify(json, null, 2) : JSON.stringify(json)}\n`);
  if (format === 'ndjson')
    return write(
      listOf(json)
        .map(item => `${JSON.stringify(item)}\n`)
        .join(''),
    );
  const { render } = await import('../../render/formats.js');
  await render(format, rows?.() ?? rowsOfJson(json), write, { color: streams.color, columns: streams.columns, signal });
}

/** Prints a list, for people with its number of rows. @param rows the rows of every format but json and ndjson. */
export async function printList(
  format: ReportFormat,
  context: Pick<Context, 'streams' | 'signal'>,
  { rows, json }: { readonly rows: () => Result; readonly json: unknown },
): Promise<void> {
  const { out, columns, color } = context.streams;
  const table = async (): Promise<void> => {
    const { render } = await import('../../render/formats.js');
    await render('table', rows(), text => out.write(text), { columns, color, footer: true });
  };
  await printReport(format, context, { table, json, isIndented: true, rows });
}

/** A result with rows in memory. */
export function resultOf(columns: readonly Column[], rows: readonly Row[]): Result {
  return {
    columns,
    batches: (async function* () {
      yield await Promise.resolve(rows);
    })(),
  };
}

/** Columns of one kind. */
export function columnsOf(names: readonly string[], kind: ColumnKind = 'text'): Column[] {
  return names.map(name => ({ name, type: kind === 'number' ? 'DOUBLE' : 'VARCHAR', kind }));
}

/** Converts objects to rows: a column per key, dots between the keys of nested objects, lists as JSON. */
export function rowsOfJson(json: unknown): Result {
  const items = listOf(json).map(item => new Map(leaves('', item)));
  const names = [...new Set(items.flatMap(item => [...item.keys()]))];
  const columns = names.map((name): Column => {
    const value = items.map(item => item.get(name) ?? null).find(found => found !== null);
    return columnsOf([name], KINDS[typeof value] ?? 'text')[0]!;
  });
  return resultOf(
    columns,
    items.map(item => names.map(name => cellOf(item.get(name) ?? null))),
  );
}

const KINDS: Readonly<Record<string, ColumnKind>> = { number: 'number', boolean: 'boolean', object: 'json' };

function listOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : [json];
}

function* leaves(path: string, value: unknown): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (value !== undefined) yield [path === '' ? 'value' : path, value];
    return;
  }
  for (const [key, inner] of Object.entries(value)) yield* leaves(path === '' ? key : `${path}.${key}`, inner);
}

function cellOf(value: unknown): string | null {
  if (value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
