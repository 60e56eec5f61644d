import type { Result } from '../../../core/result.js';
import type { BrokenQuery, SavedQuery } from '../../../query/saved-query.js';
import { visible } from '../../../render/visible.js';
import { columnsOf, resultOf } from '../../shared/report.js';

/** A saved query for programs; one that is not usable has an `error`. */
export function queryJson(query: SavedQuery | BrokenQuery): object {
  if ('problem' in query) return { name: query.name, error: query.problem.message };
  const { name, description, sql } = query;
  return { name, description, parameters: parametersOf(query), sql };
}

/** A row a query. */
export function listTable(queries: readonly (SavedQuery | BrokenQuery)[]): Result {
  const rows = queries.map(query => {
    if ('problem' in query) return [query.name, '', `error: ${query.problem.message}`];
    const parameters = parametersOf(query).map(({ name, default: value }) =>
      value === null ? `$${name}` : `$${name}=${value}`,
    );
    return [query.name, parameters.join(' '), query.description === '' ? query.sql : query.description];
  });
  return resultOf(columnsOf(['name', 'parameters', 'description']), rows);
}

/** A query as text. @param path of its file, relative to the store. */
export function showText(query: SavedQuery, path: string): string {
  const { name, description, sql } = query;
  const lines = [`saved query ${name}, ${path}`];
  if (description !== '') lines.push(...description.split('\n').map(visible));
  for (const { name: parameter, default: value } of parametersOf(query)) {
    lines.push(`  -p ${parameter}=${value === null ? 'VALUE' : `${visible(value)} (default)`}`);
  }
  return `${lines.join('\n')}\n\n${sql
    .split('\n')
    .map(line => visible(line))
    .join('\n')}\n`;
}

function parametersOf({ parameters, defaults }: SavedQuery): { name: string; default: string | null }[] {
  return parameters.map(name => ({ name, default: defaults[name] ?? null }));
}
