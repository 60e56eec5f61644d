import { Argument, type Command } from 'commander';
import { parseDuration } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import type { Manual, Start } from '../../shared/context.js';
import { parsed, reportFormat, reportFormatOption, settingOption } from '../../shared/options.js';
import { ACTIONS, type CubeOptions } from './options.js';

/** A server looks for refreshes that are due twice a second. */
const MIN_EVERY_MS = 1000;

interface CubeFlags {
  sql?: string;
  bucket?: string;
  every?: string;
  keep?: string;
  tz?: string;
  format?: string;
}

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    {
      line: 'telemetry cube create hourly --bucket hour --sql "$(cat hourly.sql)"',
      purpose: 'Keep the result of a query that groups by hour',
    },
    { line: 'telemetry query "select * from hourly order by hour desc limit 9"', purpose: 'Read it' },
    { line: 'telemetry cube list', purpose: 'List the cubes' },
    { line: 'telemetry cube refresh', purpose: 'Bring all cubes up to date without a server' },
    { line: 'telemetry cube verify hourly', purpose: 'Compare a cube with the events' },
    { line: 'telemetry cube rm hourly', purpose: 'Remove a cube' },
  ],
  notes: [
    "The query in hourly.sql may be: select time_bucket(interval 1 hour, time) as hour, service, count(*) as n, quantile_cont(duration_ms, 0.95) as p95 from events where type = 'trace' group by all.",
    'A query reads the stored rows of a cube, and computes the buckets that events have touched since the last refresh. A refresh computes these buckets again from their events, newest first, so that every aggregate is exact and a late event lands in its bucket.',
    'A cube is incremental when its query reads one table of events, without window functions, LIMIT, joins and subqueries, and its bucket grows with time, as time_bucket(...) and date_trunc(...) do. Any other query is computed as a whole at each refresh; create says so. A cube may read another cube.',
    'A bucket whose events are removed by prune or retention is frozen: it keeps its rows and is not computed again. Late events of a frozen bucket are counted by show as late-dropped. A bucket of which only some events were removed is called partial, and one that lost events before a refresh had counted them incomplete.',
    'verify exits with 1 when a bucket differs from its events: doubles by more than 1e-9 relative, approx_quantile by more than 0.02 in rank, arg_max, arg_min and mode by a value that does not tie. rebuild computes all buckets again that are not frozen, also after a file of the cube was lost.',
    'list and show call a cube stale when a view that it reads was replaced: the next refresh computes it again.',
  ],
};

/** `telemetry cube` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('cube')
    .summary('keep the results of aggregate queries up to date')
    .description(
      'Creates, lists, refreshes, verifies and removes cubes: the stored result of an aggregate query over the events, ' +
        'in buckets of time. A cube is a table for queries. It is never behind the events, and keeps what it counted ' +
        'when the events are removed.',
    )
    .addArgument(new Argument('<action>', 'action').choices(ACTIONS))
    .argument('[names...]', 'cubes; refresh and verify take all without one')
    .addOption(settingOption('store'))
    .option('--sql <query>', 'for create: a SELECT with an aggregate function')
    .option('--bucket <column>', 'for create: the column of the query that has the bucket, such as an hour')
    .option('--every <duration>', 'for create: interval of refreshes by a running server (default: 10s)')
    .option('--keep <duration>', 'for create: remove buckets older than this (default: keep all)')
    .option('--tz <zone>', 'for create: time zone of its date functions, such as Europe/Berlin (default: UTC)')
    .addOption(reportFormatOption());
  command.action(async (action: CubeOptions['action'], names: string[]) => {
    const { format, every, keep, tz, sql, bucket } = command.opts<CubeFlags>();
    const { store } = command.optsWithGlobals<{ store?: string }>();
    checkNames(action, names);
    checkCreate(action, { sql, bucket, every, keep, tz });
    const context = await start({ store });
    const options: CubeOptions = {
      action,
      names,
      sql,
      bucket,
      everyMs: parsed('--every', every, interval),
      keepMs: parsed('--keep', keep, parseDuration),
      timezone: tz,
      store: context.settings.get('store'),
      format: reportFormat(format, context.streams),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return { command, ...MANUAL };
}

function checkNames(action: CubeOptions['action'], names: readonly string[]): void {
  const most = action === 'create' || action === 'show' || action === 'rebuild' ? 1 : Infinity;
  const least = action === 'list' || action === 'refresh' || action === 'verify' ? 0 : 1;
  if (action === 'list' && names.length > 0) {
    throw new TelemetryError('usage', '`telemetry cube list` takes no name', { remedy: 'It prints all cubes.' });
  }
  if (names.length >= least && names.length <= most) return;
  throw new TelemetryError('usage', `\`telemetry cube ${action}\` takes ${most === 1 ? 'one name' : 'a name'}`, {
    remedy: `Write it like telemetry cube ${action} hourly.`,
  });
}

/** An interval of refreshes, in milliseconds. */
function interval(text: string): number {
  const ms = parseDuration(text);
  if (ms < MIN_EVERY_MS) throw new TelemetryError('usage', `"${text}" is shorter than a second`);
  return ms;
}

function checkCreate(action: CubeOptions['action'], flags: Readonly<Record<string, string | undefined>>): void {
  const [given] = Object.entries(flags).find(([, value]) => value !== undefined) ?? [];
  if (action !== 'create') {
    if (given === undefined) return;
    throw new TelemetryError('usage', `--${given} is for \`telemetry cube create\``);
  }
  if (flags.sql !== undefined && flags.bucket !== undefined) return;
  throw new TelemetryError('usage', '`telemetry cube create` needs --sql and --bucket', {
    remedy:
      'Write it like telemetry cube create hourly --bucket bucket --sql "select time_bucket(interval 1 hour, time) as bucket, count(*) as n from events group by all".',
  });
}
