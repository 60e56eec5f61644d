import { TelemetryError } from '../../../core/errors.js';
import type { Result } from '../../../core/result.js';
import { listSchemas, registerSchema, removeSchema, schemaNamed } from '../../../store/catalog/schemas.js';
import { compileSchema } from '../../../processors/validate/compile.js';
import { render } from '../../../render/formats.js';
import { zonedPrinter } from '../../../query/result/timestamps.js';
import type { Context } from '../../shared/context.js';
import type { SchemaActionOptions } from './options.js';
import { checkFile } from './check.js';
import { textOfFile } from './file.js';

/** Registers, lists, shows or removes schemas, or checks a file against them. */
export async function runAction(options: SchemaActionOptions, context: Context): Promise<void> {
  const { action, store, name } = options;
  switch (action) {
    case 'register':
      return register(options, context);
    case 'list':
      return list(options, context);
    case 'show': {
      const { schema } = schemaNamed(store, name);
      return context.streams.out.write(schema.endsWith('\n') ? schema : `${schema}\n`);
    }
    case 'rm':
      if (!removeSchema(store, name)) schemaNamed(store, name);
      return context.streams.err.write(`removed the schema ${name}; its events are no longer validated\n`);
    case 'check':
      return checkFile(options, context);
  }
}

async function register(options: SchemaActionOptions, context: Context): Promise<void> {
  const { streams } = context;
  const { store, name, file, onInvalid } = options;
  const schema = await textOfFile(file);
  const { draft } = named(file, () => compileSchema(schema));
  const registered = registerSchema(store, { name, schema, onInvalid, now: context.now() * 1000 });
  await streams.err.write(
    `registered the schema ${name} (${draft}): ${EFFECTS[registered.onInvalid]} (${registered.onInvalid})\n`,
  );
}

const EFFECTS = {
  reject: 'invalid events are rejected',
  tag: 'invalid events are stored with schema_violation',
  accept: 'invalid events are stored and counted',
} as const;

/** Prefixes errors with the name of the file. */
function named<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TelemetryError)) throw error;
    const remedy = error.remedy === undefined ? {} : { remedy: error.remedy };
    throw new TelemetryError(error.kind, `${file === '-' ? 'stdin' : file}: ${error.message}`, {
      ...remedy,
      cause: error,
    });
  }
}

async function list({ store, format }: SchemaActionOptions, { streams, signal }: Context): Promise<void> {
  const time = zonedPrinter(
    format === 'json' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone,
    format === 'json' ? 'iso' : 'readable',
  );
  const rows = listSchemas(store).map(({ name, schema, onInvalid, registeredAt }) => [
    name,
    onInvalid,
    compileSchema(schema).draft,
    time(BigInt(registeredAt)),
  ]);
  const result: Result = {
    columns: ['name', 'on_invalid', 'draft', 'registered_at'].map(name => ({ name, type: 'VARCHAR', kind: 'text' })),
    batches: (async function* () {
      yield await Promise.resolve(rows);
    })(),
  };
  await render(format, result, text => streams.out.write(text), {
    columns: streams.columns,
    color: streams.color,
    signal,
  });
}
