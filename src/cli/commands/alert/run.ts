import type { Context } from '../../shared/context.js';
import type { AlertAction, AlertOptions } from './options.js';

type Run = (options: AlertOptions, context: Context) => Promise<void>;

/** The modules of the actions: each loads what it needs. */
const RUNS: Readonly<Record<AlertAction, () => Promise<{ readonly run: Run }>>> = {
  create: () => import('./create.js'),
  list: () => import('./list.js'),
  show: () => import('./show.js'),
  rm: () => import('./act.js'),
  ack: () => import('./act.js'),
  unack: () => import('./act.js'),
  assign: () => import('./act.js'),
  resolve: () => import('./act.js'),
  note: () => import('./act.js'),
  mute: () => import('./act.js'),
  unmute: () => import('./act.js'),
  explain: () => import('./explain.js'),
  evaluate: () => import('./evaluate.js'),
  replay: () => import('./replay.js'),
  import: () => import('./import.js'),
  export: () => import('./export.js'),
  check: () => import('./check.js'),
  test: () => import('./test.js'),
  channel: () => import('./channel.js'),
};

/** Runs an action on alerts. */
export async function run(options: AlertOptions, context: Context): Promise<void> {
  const { run: runAction } = await RUNS[options.action]();
  await runAction(options, context);
}
