import type { Result } from '../../../core/result.js';
import type { StoredObject } from '../../../store/catalog/objects.js';
import type { ViewState } from '../../../query/view-definition.js';
import { BUILT_IN_VIEWS } from '../../../query/named-views/built-in.js';
import { instantText } from '../../shared/instant-text.js';
import { columnsOf, resultOf } from '../../shared/report.js';

/** A view in a list. */
export interface ListedView {
  readonly name: string;
  /** Undefined for a built-in view. */
  readonly created: string | undefined;
  /** The SQL of a stored view, the rows of a built-in one in words. */
  readonly text: string;
}

/** A stored view in a list. */
export function listedView(view: StoredObject): ListedView {
  return { name: view.name, created: instantText(view.createdAt), text: sqlOf(view) };
}

/** The built-in views in a list. */
export function builtInList(): ListedView[] {
  return BUILT_IN_VIEWS.map(({ name, summary }) => ({ name, created: undefined, text: summary }));
}

/** Views for programs. */
export function listJson(views: readonly ListedView[]): unknown {
  return views.map(({ name, created, text }) =>
    created === undefined ? { name, built_in: true, summary: text } : { name, sql: text, created_at: created },
  );
}

/** A row a view. */
export function listTable(views: readonly ListedView[]): Result {
  const rows = views.map(({ name, created, text }) => [name, created ?? 'built-in', text]);
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
