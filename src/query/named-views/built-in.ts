import { CATALOG_VIEWS } from './catalog-views.js';
import { VIEW_NAMES } from '../../core/view-names.js';
import type { BuiltInView } from './built-in-view.js';
import { CLASSIC_VIEWS } from './classic.js';
import { GEN_AI_VIEWS } from './gen-ai.js';
import { OPENTELEMETRY_VIEWS } from './opentelemetry.js';
import { SESSION_VIEWS } from './sessions.js';

/** The built-in views, in the order in which lists show them. */
export const BUILT_IN_VIEWS: readonly BuiltInView[] = [
  ...OPENTELEMETRY_VIEWS,
  ...GEN_AI_VIEWS,
  ...SESSION_VIEWS,
  ...CLASSIC_VIEWS,
];

/** The names of the views that read the catalog, and no events. */
export const CATALOG_VIEW_NAMES: ReadonlySet<string> = new Set([
  ...CATALOG_VIEWS.map(({ name }) => name),
  'alerts_status_summary',
]);

/** Names that neither stored objects nor `--with` files can have, in lower case. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'events',
  'streams',
  ...VIEW_NAMES,
  ...CATALOG_VIEWS.map(({ name }) => name),
]);
