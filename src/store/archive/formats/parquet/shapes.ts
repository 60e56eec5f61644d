import type { SegmentColumn } from '../../../catalog/segments.js';
import { AS_SENT } from '../../../shape/styles/list-style.js';
import { printTemplate, type Template } from '../../../shape/template.js';
import { IN_PAYLOAD } from './columns.js';
import type { FormRows } from './flat-columns.js';
import type { FindColumn } from './rebuild.js';

/** Shapes that one segment is rebuilt with; more would take a query long to bind. */
const MAX_SHAPES = 200;

/** With at most so many forms in a segment, each is numbered; with more, only those of one event in a thousand. */
const FEW_FORMS = 64;
const RARE_SHARE = 1000;

/** A way to write the events of a form, with its number in the catalog. */
export interface NumberedShape {
  readonly form: number;
  /** The place of the way among those of the form, tried in this order. */
  readonly variant: number;
  readonly number: number;
  readonly template: Template;
}

/** Finds the column of a path among a segment's; those whose values are in payload only are none. */
export function finder(columns: Readonly<Record<string, SegmentColumn>>): FindColumn {
  const byPath = new Map(
    Object.entries(columns).flatMap(([name, column]) =>
      column.type === IN_PAYLOAD ? [] : column.paths.map(path => [path, { ...column, name }] as const),
    ),
  );
  return path => byPath.get(JSON.stringify(path));
}

/** The shapes that a segment is rebuilt with: of forms that are common enough and whose values all have columns. */
export function numberedShapes(
  forms: readonly FormRows[],
  events: number,
  find: FindColumn,
  number: (templates: readonly string[]) => ReadonlyMap<string, number>,
): NumberedShape[] {
  const common = forms
    .filter(({ rows }) => forms.length <= FEW_FORMS || rows * RARE_SHARE >= events)
    .sort((a, b) => b.rows - a.rows)
    .flatMap(({ form }) =>
      form.variants.map((template, variant) => ({
        form: form.number,
        variant,
        template,
        text: printTemplate(template),
      })),
    )
    .filter(({ template }) => template.holes.every(({ path }) => find(path) !== undefined))
    .slice(0, MAX_SHAPES);
  const numbers = number(common.map(({ text }) => text));
  return common.flatMap(({ text, ...shape }) => {
    const found = numbers.get(text);
    return found === undefined ? [] : [{ ...shape, number: found }];
  });
}

/** The lists that some forms keep as they were sent, in JSON columns. */
export interface ListsAsSent {
  /** SQL that adds the lists of the events that have some to the columns of EVENTS_TABLE. */
  readonly values: string;
  /** SQL for the text of a value at a path (as JSON): the list as it was sent where it is one, else the text given. */
  readonly text: (path: string, text: string) => string;
  /** The columns, those marked that have such lists. */
  readonly mark: (columns: Record<string, SegmentColumn>) => Record<string, SegmentColumn>;
}

/** Finds them. A column that has texts of other kinds keeps lists as DuckDB writes them. */
export function listsAsSent(forms: readonly FormRows[], columns: Readonly<Record<string, SegmentColumn>>): ListsAsSent {
  const jsonPaths = new Set(Object.values(columns).flatMap(({ type, paths }) => (type === 'JSON' ? paths : [])));
  const cases = new Map<string, string[]>();
  const own = new Set<number>();
  for (const { form } of forms) {
    const lists = (form.variants[0]?.holes ?? []).filter(({ kind }) => kind === 'a');
    for (const [i, { path, style }] of lists.entries()) {
      const key = JSON.stringify(path);
      if (style !== AS_SENT || !jsonPaths.has(key)) continue;
      cases.set(key, [...(cases.get(key) ?? []), `when ${form.number} then "payload^lists"[${i + 1}]`]);
      own.add(form.number);
    }
  }
  return {
    values:
      own.size === 0
        ? ''
        : `, case when form in (${[...own].join(', ')}) then string_split(list_slices(payload), chr(1)) end as "payload^lists"`,
    text(path, text) {
      const whens = cases.get(path);
      return whens ? `case form ${whens.join(' ')} else ${text} end` : text;
    },
    mark: all =>
      Object.fromEntries(
        Object.entries(all).map(([name, column]) => [
          name,
          column.paths.some(path => cases.has(path)) ? { ...column, isAsSent: true } : column,
        ]),
      ),
  };
}
