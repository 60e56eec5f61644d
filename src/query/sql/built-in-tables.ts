/** The views of the events of one type. */
export const TYPE_VIEWS = ['logs', 'spans', 'metrics'] as const;

/** One of {@link TYPE_VIEWS}. */
export type TypeView = (typeof TYPE_VIEWS)[number];

/** The types of the events of these views. */
export const TYPE_OF: Readonly<Record<TypeView, string>> = { logs: 'log', spans: 'trace', metrics: 'metric' };

/** Names that other tables cannot have. */
export const BUILT_IN_TABLES: ReadonlySet<string> = new Set(['events', 'streams', ...TYPE_VIEWS]);
