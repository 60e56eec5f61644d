import { TelemetryError } from '../../../core/errors.js';
import {
  createObject,
  listObjects,
  objectNamed,
  removeObject,
  type StoredObject,
} from '../../../store/catalog/objects.js';
import { openForWriting } from '../../../store/database/store.js';
import { brokenReaders, checkObjectName, viewState, viewStatement } from '../../../query/view-definition.js';
import { render } from '../../../render/formats.js';
import type { Context } from '../../shared/context.js';
import { printOutcome } from '../../shared/outcome.js';
import { columnsOf, printList, printReport, resultOf } from '../../shared/report.js';
import { readSql } from '../../shared/sql-source.js';
import type { ViewOptions } from './options.js';
import { builtInList, listedView, listJson, listTable, showJson, showText } from './report.js';

/** Creates, lists, shows or removes views of a store. */
export async function run(options: ViewOptions, context: Context): Promise<void> {
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

async function create(options: ViewOptions, context: Context): Promise<void> {
  const { name, store, replaces, format } = options;
  checkObjectName(name);
  const text = await readSql(options, context);
  openForWriting(store).close();
  const existing = listObjects(store, 'view').find(object => object.name.toLowerCase() === name.toLowerCase());
  if (existing && !replaces) {
    throw new TelemetryError('failure', `there is a view "${existing.name}" already`, {
      remedy: 'Choose another name, or give --replace.',
    });
  }
  const sql = await viewStatement(store, name, text);
  const view: StoredObject = { name, kind: 'view', definition: { sql }, createdAt: context.now() * 1000 };
  const isSame = existing && (existing.definition as { sql: string }).sql === sql;
  if (existing && !isSame) await refuseToBreak('replaced', options, view);
  createObject(store, view, replaces);
  const done = existing ? 'replaced' : 'created';
  await printOutcome(format, context, { text: `${done} the view ${name}`, json: { name, sql, [done]: true } });
}

async function remove(options: ViewOptions, context: Context): Promise<void> {
  const { store, format } = options;
  const { name } = objectNamed(store, 'view', options.name);
  await refuseToBreak('removed', options);
  removeObject(store, 'view', name);
  await printOutcome(format, context, { text: `removed the view ${name}`, json: { name, removed: true } });
}

/** @throws TelemetryError `failure` when views could not be read after the change, or cubes read what changes. */
async function refuseToBreak(
  change: string,
  { store, name, isForced }: ViewOptions,
  replacement?: StoredObject,
): Promise<void> {
  if (isForced) return;
  const broken = await brokenReaders(store, name, replacement);
  if (broken.length === 0) return;
  const readers = broken.map(({ kind, name: reader }) => `the ${kind} ${reader}`).join(', ');
  const verb = broken.length === 1 ? 'reads' : 'read';
  const cube = broken.find(({ kind }) => kind === 'cube');
  throw new TelemetryError('failure', `the view ${name} cannot be ${change}: ${readers} ${verb} it`, {
    remedy: cube
      ? replacement
        ? `Give --force: the next refresh of the cube ${cube.name} computes it again.`
        : `Remove the cube first, with \`telemetry cube rm ${cube.name}\`; or give --force.`
      : 'Change that first, or give --force.',
  });
}

async function list({ store, format, listsAll }: ViewOptions, context: Context): Promise<void> {
  const stored = listObjects(store, 'view').map(listedView);
  const views = listsAll ? [...stored, ...builtInList()] : stored;
  await printList(format, context, { rows: () => listTable(views), json: listJson(views) });
}

async function show({ store, name, format }: ViewOptions, context: Context): Promise<void> {
  const { streams } = context;
  const view = objectNamed(store, 'view', name);
  const state = await viewState(store, view.name);
  const columns = 'columns' in state ? state.columns : [];
  await printReport(format, context, {
    table: async () => {
      await streams.out.write(showText(view, state));
      if (columns.length === 0) return;
      const rows = columns.map(column => [column.name, column.type]);
      await render('table', resultOf(columnsOf(['column', 'type']), rows), text => streams.out.write(text), {
        columns: streams.columns,
        color: streams.color,
        footer: false,
      });
    },
    json: showJson(view, state),
    isIndented: true,
    rows: () => listTable([listedView(view)]),
  });
}
