import { TelemetryError } from '../../../core/errors.js';
import { cubeOf, type Cube } from '../../../consumers/cubes/cube-store.js';
import { defineCube, tablesAmong } from '../../../consumers/cubes/define.js';
import { refreshCube } from '../../../consumers/cubes/refresh.js';
import type { Refreshed } from '../../../consumers/cubes/refresh-parts.js';
import { removeCube } from '../../../consumers/cubes/remove.js';
import { retentionOverlap } from '../../../consumers/retention/cube-overlap.js';
import { verifyCube, type CubeVerification } from '../../../consumers/cubes/verify.js';
import { readPolicy } from '../../../consumers/retention/policy.js';
import { openSession } from '../../../query/session.js';
import { createObject, listObjects, objectNamed } from '../../../store/catalog/objects.js';
import { openForWriting } from '../../../store/database/store.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { readSql } from '../../shared/sql-source.js';
import { printOutcome } from '../../shared/outcome.js';
import type { CubeOptions } from './options.js';
import { printList, printStatus } from './report.js';

/** Interval of refreshes without --every, in milliseconds. */
const USUAL_EVERY_MS = 10_000;

/** An outcome of one cube. */
interface Outcome {
  readonly text: string;
  readonly json: unknown;
}

export async function run(options: CubeOptions, context: Context): Promise<void> {
  const { action, store } = options;
  switch (action) {
    case 'create':
      return create(options, context);
    case 'list':
      return printList(options, context);
    case 'show':
      return printStatus(options, context);
    case 'refresh':
      return each(options, context, cube => refresh(cube, options, context, false));
    case 'rebuild':
      return each(options, context, cube => refresh(cube, options, context, true));
    case 'verify':
      return verify(options, context);
    case 'rm':
      return each(options, context, ({ name }) => {
        removeCube(store, name, context.now() * 1000);
        return Promise.resolve({ text: `removed the cube ${name}`, json: { name, removed: true } });
      });
  }
}

/** The cubes that a command names, or all. */
function cubesOf({ store, names }: CubeOptions): Cube[] {
  if (names.length > 0) return names.map(name => cubeOf(objectNamed(store, 'cube', name)));
  return listObjects(store, 'cube').map(cubeOf);
}

/** Works on each cube and prints the outcomes, also when an error ends it. */
async function each(options: CubeOptions, context: Context, work: (cube: Cube) => Promise<Outcome>): Promise<void> {
  const cubes = cubesOf(options);
  const done: Outcome[] = [];
  try {
    for (const cube of cubes) done.push(await work(cube));
  } finally {
    if (done.length > 0 || cubes.length === 0) {
      const text = done.length === 0 ? 'the store has no cubes' : done.map(one => one.text).join('\n');
      await printOutcome(options.format, context, { text, json: done.map(({ json }) => json) });
    }
  }
}

async function create(options: CubeOptions, context: Context): Promise<void> {
  const { store, bucket = '', everyMs = USUAL_EVERY_MS, keepMs, timezone = 'UTC' } = options;
  const [name = ''] = options.names;
  const { streams, signal } = context;
  openForWriting(store).close();
  const sql = options.sql === undefined ? '' : await readSql({ store, sql: options.sql, file: undefined }, context);
  const session = await openSession({ dir: store, timezone, signal });
  let cube: Cube;
  try {
    const objects = tablesAmong(store);
    const definition = await defineCube(session, objects, { name, sql, bucket, everyMs, keepMs, timezone });
    cube = { name, definition, createdAt: context.now() * 1000 };
    createObject(store, { kind: 'cube', ...cube });
  } finally {
    session.close();
  }
  const { plan, whole } = cube.definition;
  if (!plan) await streams.err.write(`note: each refresh computes ${name} as a whole: ${whole ?? ''}\n`);
  const overlap = retentionOverlap(cube, readPolicy(store));
  if (overlap !== undefined) await streams.err.write(`warning: ${overlap}\n`);
  const { text, json } = await refresh(cube, options, context, false).catch((error: unknown) => {
    // Such a query fails at each refresh; after any other error, the next refresh continues.
    if (error instanceof TelemetryError && error.kind === 'sql') removeCube(store, name, context.now() * 1000);
    throw error;
  });
  const mode = plan ? 'incremental' : 'whole';
  await printOutcome(options.format, context, {
    text: `created the cube ${name}: ${text.replace(`${name}: `, '')}`,
    json: { ...(json as object), mode, ...(whole !== undefined && { reason: whole }) },
  });
}

async function refresh(cube: Cube, options: CubeOptions, context: Context, rebuilds: boolean): Promise<Outcome> {
  const { streams, signal } = context;
  const { name } = cube;
  const progress = await streams.progress(`${rebuilds ? 'rebuilding' : 'refreshing'} ${name}`);
  const startedAt = performance.now();
  let done: Refreshed | undefined;
  try {
    done = await refreshCube(options.store, cube, { signal, now: () => context.now() * 1000, rebuilds });
  } finally {
    progress.stop();
  }
  if (!done)
    throw new TelemetryError('interrupted', 'the refresh was interrupted', { remedy: 'Run it again to continue.' });
  const parts = [
    `${counted(done.events, 'new event')}, ${counted(done.buckets, cube.definition.plan ? 'bucket' : 'row')} computed`,
    ...(done.frozen > 0 ? [`${counted(done.frozen, 'bucket')} frozen`] : []),
    ...(done.incomplete > 0 ? [`${counted(done.incomplete, 'bucket')} incomplete`] : []),
    ...(done.lateDropped > 0 ? [`${counted(done.lateDropped, 'late event')} dropped`] : []),
  ];
  const { buckets, events, frozen, incomplete, lateDropped } = done;
  return {
    text: `${name}: ${parts.join(', ')}`,
    json: {
      name,
      events,
      computed: buckets,
      frozen,
      incomplete,
      late_dropped: lateDropped,
      seconds: Number(((performance.now() - startedAt) / 1000).toFixed(3)),
    },
  };
}

async function verify(options: CubeOptions, context: Context): Promise<void> {
  let differing = 0;
  await each(options, context, async cube => {
    const found = await verifyCube(options.store, cube, context.signal);
    if (!found)
      throw new TelemetryError('interrupted', 'the verification was interrupted', {
        remedy: 'Run it again; it begins with the first bucket.',
      });
    differing += found.differing.length;
    return verified(cube.name, found);
  });
  if (differing === 0) return;
  throw new TelemetryError(
    'failure',
    `${counted(differing, 'bucket')} ${differing === 1 ? 'differs' : 'differ'} from the events`,
    {
      remedy: 'Compute them again with `telemetry cube rebuild NAME`.',
    },
  );
}

function verified(name: string, { checked, frozen, touched, differing }: CubeVerification): Outcome {
  const rest = [
    ...(frozen > 0 ? [`${counted(frozen, 'frozen bucket')} cannot be checked`] : []),
    ...(touched > 0 ? [`${counted(touched, 'bucket')} to be computed by the next refresh`] : []),
  ];
  const lines =
    differing.length === 0
      ? [`${name}: ${counted(checked, 'bucket')} as the events say${rest.map(part => `; ${part}`).join('')}`]
      : differing.map(({ bucket, rows }) => `${name}: ${bucket} differs in ${counted(rows, 'row')}`);
  return { text: lines.join('\n'), json: { name, checked, frozen, touched, differing } };
}
