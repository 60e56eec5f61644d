import { openForWriting } from '../../../store/database/store.js';
import { findQuery, removeQuery } from '../../../store/catalog/saved-queries.js';
import { createSavedQuery, listSavedQueries, parseSavedQuery, savedQuery } from '../../../query/saved-query.js';
import type { Context } from '../../shared/context.js';
import { printOutcome } from '../../shared/outcome.js';
import { printList, printReport } from '../../shared/report.js';
import { readSql } from '../../shared/sql-source.js';
import type { SavedOptions } from './options.js';
import { listTable, queryJson, showText } from './report.js';

/** Creates, lists, shows or removes saved queries of a store. */
export async function run(options: SavedOptions, context: Context): Promise<void> {
  switch (options.action) {
    case 'create':
      return create(options, context);
    case 'list':
      return list(options, context);
    case 'show':
      return show(options, context);
    case 'rm':
      return remove(options, context);
  }
}

async function create(options: SavedOptions, context: Context): Promise<void> {
  const { name, store, format } = options;
  // A file that was saved before keeps its header; options come first.
  const given = parseSavedQuery(name, await readSql(options, context));
  openForWriting(store).close();
  const { query, replaced } = await createSavedQuery(
    store,
    {
      name,
      description: options.description === '' ? given.description : options.description,
      defaults: { ...given.defaults, ...options.defaults },
      sql: given.sql,
    },
    options,
  );
  const done = replaced ? 'replaced' : 'created';
  const text = `${done} the saved query ${name}; run it with telemetry query @${name}`;
  await printOutcome(format, context, { text, json: { ...queryJson(query), [done]: true } });
}

async function list({ store, format }: SavedOptions, context: Context): Promise<void> {
  const queries = listSavedQueries(store);
  await printList(format, context, { rows: () => listTable(queries), json: queries.map(queryJson) });
}

async function show({ store, name, format }: SavedOptions, context: Context): Promise<void> {
  const query = savedQuery(store, name);
  const { path } = findQuery(store, name);
  await printReport(format, context, {
    table: () => context.streams.out.write(showText(query, path)),
    json: queryJson(query),
    isIndented: true,
    rows: () => listTable([query]),
  });
}

async function remove({ store, name, format }: SavedOptions, context: Context): Promise<void> {
  const removed = removeQuery(store, name);
  await printOutcome(format, context, {
    text: `removed the saved query ${removed.name}`,
    json: { name: removed.name, removed: true },
  });
}
