import { quoteName } from '../../store/sql/text.js';
import type { BuiltInView } from './built-in-view.js';
import { coalesced, type OptionalColumns } from './optional-columns.js';
import { RENAMED_ATTRIBUTES, type RenamedAttribute } from './renamed-attributes.js';

/** The views of the three signals of OpenTelemetry. */
export const OPENTELEMETRY_VIEWS: readonly BuiltInView[] = [
  signal('logs', 'log'),
  signal('spans', 'trace'),
  signal('metrics', 'metric'),
];

function signal(name: BuiltInView['name'], type: string): BuiltInView {
  return {
    name,
    summary: `events of type ${type}, with the stable names of the semantic conventions`,
    sql: columns => `select ${attributeList(columns)} from events where "type" = '${type}'`,
  };
}

/**
 * All columns of `events`; those of a renamed attribute have one value, under whichever of its names an event was sent.
 * A store whose senders use the present names alone gets a plain `*`, which binds fastest.
 */
function attributeList(columns: OptionalColumns): string {
  const replaced: string[] = [];
  const added: string[] = [];
  for (const attribute of RENAMED_ATTRIBUTES) {
    const value = valueOf(attribute, columns);
    if (value === undefined) continue;
    const present = columns.column(attribute.name);
    if (present === undefined) added.push(`${value} as ${quoteName(attribute.name)}`);
    else replaced.push(`${value} as ${present}`);
    for (const { name, isSame } of attribute.former) {
      const former = columns.column(name);
      if (isSame && former !== undefined && !columns.hasObjects(name)) replaced.push(`${value} as ${former}`);
    }
  }
  const star = replaced.length === 0 ? '*' : `* replace (${replaced.join(', ')})`;
  return [star, ...added].join(', ');
}

/** SQL for the value of a renamed attribute; undefined where no event has one of its former names. */
function valueOf({ name, type, former }: RenamedAttribute, columns: OptionalColumns): string | undefined {
  const values = former.flatMap(old => {
    const column = columns.column(old.name);
    if (column === undefined) return [];
    // The key of a nested attribute, such as db.system of {"db":{"system":{"name":...}}}, has no value of the former name.
    const value = columns.hasObjects(old.name)
      ? `case when cast(${column} as VARCHAR) not like '{%' then cast(${column} as VARCHAR) end`
      : column;
    return [old.sql?.(value, columns) ?? value];
  });
  if (values.length === 0) return undefined;
  const present = columns.column(name);
  return coalesced(type, present === undefined ? values : [present, ...values]);
}
