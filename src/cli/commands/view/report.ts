import type { Result } from '../../../core/result.js';
import type { StoredObject } from '../../../store/catalog/objects.js';
import type { ViewState } from '../../../query/view-definition.js';
import { instantText } from '../../shared/instant-text.js';
import { columnsOf, resultOf } from '../../shared/report.js';

/** Views for programs. */
export function listJson(views: readonly StoredObject[]): unknown {
  return views.map(view => ({ name: view.name, sql: sqlOf(view), created_at: instantText(view.createdAt) }));
}

/** A row a view. */
export function listTable(views: readonly StoredObject[]): Result {
  const rows = views.map(view => [view.name, instantText(view.createdAt), sqlOf(view)]);
  return resultOf(columnsOf(['name', 'created', 'sql']), rows);
}

/** A view with its columns for programs; `error` when it cannot be read. */
export function showJson(view: StoredObject, state: ViewState): unknown {
  return { name: view.name, sql: sqlOf(view), created_at: instantText(view.createdAt), ...state };
}

/** A view as text, before the table of its columns. */
export function showText(view: StoredObject, state: ViewState): string {
  const error = 'error' in state ? `error: ${state.error}\n` : '';
  return `view ${view.name}, created ${instantText(view.createdAt)}\n\n${sqlOf(view)}\n\n${error}`;
}

function sqlOf({ definition }: StoredObject): string {
  return (definition as { readonly sql: string }).sql;
}
