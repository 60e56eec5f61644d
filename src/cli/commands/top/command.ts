import { Option, type Command } from 'commander';
import { parseInstant } from '../../../core/duration.js';
import { wholeNumber } from '../../config/values.js';
import { addStyle, styleOf, type StyleFlags } from '../../shared/chart-style.js';
import type { Manual, Start } from '../../shared/context.js';
import { parsed, reportFormat, reportFormatOption, settingOption } from '../../shared/options.js';
import { addSince, sinceOf, type SinceFlags } from '../../shared/time-options.js';
import { parseInterval } from '../../shared/watch-frames.js';
import { filterOption, whereOf, type WhereFlags } from '../../shared/where-option.js';
import { SORTS, type TopOptions } from './options.js';

interface TopFlags extends SinceFlags, WhereFlags, StyleFlags {
  by: TopOptions['by'];
  sort: TopOptions['sort'];
  limit?: string;
  until?: string;
  watch?: string | true;
  format?: string;
}

/** The interval of --watch without a value. */
const USUAL_INTERVAL = '2s';

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    { line: 'telemetry top', purpose: 'Rank the operations by the time that they took' },
    { line: 'telemetry top --by service --since 1h', purpose: 'Compare the services in the last hour' },
    { line: 'telemetry top --sort errors --watch', purpose: 'Watch where errors occur' },
    { line: `telemetry top --where "service = 'api'" --sort p99`, purpose: 'Find the slow ends of one service' },
    { line: 'telemetry top --format csv', purpose: 'Print the numbers, for a script' },
  ],
  notes: [
    'Spans are the events of type trace. One is an error by its error, its status or its severity. Percentiles are interpolated, as p95(duration_ms) in telemetry query. The sparkline shows the calls between the first and the last span of all.',
    'In the formats for programs, durations are in milliseconds, and calls_over_time has the calls in 24 equal parts of the time.',
  ],
};

/** `telemetry top` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('top')
    .summary('rank operations by time, calls and errors')
    .description(
      'Prints the operations of the spans: calls, errors, percentiles and the sum of their durations, and the calls over time.',
    )
    .addOption(
      new Option('--by <group>', 'group spans by operation (service and name) or by service (default: operation)')
        .choices(['operation', 'service'])
        .default('operation'),
    )
    .addOption(
      new Option('--sort <column>', `the largest first: ${SORTS.join(', ')} (default: total)`)
        .choices(SORTS)
        .default('total'),
    )
    .option('--where <sql>', 'only spans for which this condition is true')
    .addOption(filterOption())
    .option('-n, --limit <rows>', 'print at most this many (default: as fit the terminal, else all)')
    .option('--watch [interval]', `print again every ${USUAL_INTERVAL}, or another interval`);
  addStyle(addSince(command, 'only spans at or after this time'))
    .option('--until <time>', 'only spans before this time')
    .addOption(settingOption('store'))
    .addOption(settingOption('tz'))
    .addOption(settingOption('queryMemory'))
    .addOption(reportFormatOption());
  command.action(async () => {
    const flags = command.opts<TopFlags>();
    const context = await start(command.optsWithGlobals());
    const { settings, cwd } = context;
    const bounds = (): ReturnType<TopOptions['bounds']> => ({
      since: sinceOf(flags, context.now()),
      until: parsed('--until', flags.until, text => parseInstant(text, context.now())),
    });
    bounds();
    const watch = flags.watch === true ? USUAL_INTERVAL : flags.watch;
    const options: TopOptions = {
      store: settings.get('store'),
      by: flags.by,
      sort: flags.sort,
      where: whereOf(flags),
      limit: parsed('--limit', flags.limit, text => wholeNumber(1)(text, cwd)),
      bounds,
      watch: parsed('--watch', watch, parseInterval),
      tz: settings.get('tz'),
      memory: settings.get('queryMemory'),
      style: styleOf(flags),
      format: reportFormat(flags.format, context.streams),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return { command, ...MANUAL };
}
