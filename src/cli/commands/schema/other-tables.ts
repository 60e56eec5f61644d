import { CATALOG_VIEWS } from '../../../query/named-views/catalog-views.js';
import { BUILT_IN_VIEWS } from '../../../query/named-views/built-in.js';
import { visible } from '../../../render/visible.js';
import { widthOf } from '../../../render/width.js';
import { listStoredObjects, type StoredObject } from '../../../store/catalog/objects.js';

/** Width of lines where no terminal gives one, in columns. */
const DEFAULT_WIDTH = 80;

/**
 * The tables and stored objects besides `events` and `streams`, by name only: their columns take a query each.
 * @param columns of the terminal
 */
export function otherTablesText(dir: string, columns = DEFAULT_WIDTH): string {
  const objects = listStoredObjects(dir);
  const named = (kind: StoredObject['kind']): string[] =>
    objects.filter(object => object.kind === kind).map(({ name }) => name);
  const groups: readonly (readonly [string, readonly string[]])[] = [
    ['built-in views', BUILT_IN_VIEWS.map(({ name }) => name)],
    ['tables of alerts and remotes', CATALOG_VIEWS.map(({ name }) => name)],
    ['stored views', named('view')],
    ['cubes', named('cube')],
    ['alert rules', named('alert')],
    ['remotes', named('remote')],
  ];
  const lists = groups.filter(([, names]) => names.length > 0).map(([title, names]) => filled(title, names, columns));
  return `${lists.join('')}\`telemetry schema NAME\` lists the columns of a table or view\n`;
}

/** `title: a, b, c`, in lines of at most `width` columns where names allow it. */
function filled(title: string, names: readonly string[], width: number): string {
  const lines = [`${title}:`];
  names.forEach((name, i) => {
    const word = ` ${visible(name)}${i < names.length - 1 ? ',' : ''}`;
    const line = lines.at(-1)!;
    if (widthOf(line) + widthOf(word) <= width) lines[lines.length - 1] = line + word;
    else lines.push(` ${word}`);
  });
  return `${lines.join('\n')}\n`;
}
