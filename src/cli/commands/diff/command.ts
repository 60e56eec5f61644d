import type { Command } from 'commander';
import { parseInstant } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import type { Context, Manual, Start } from '../../shared/context.js';
import { addLookOptions, lookOptions, type LookFlags } from '../../shared/look-options.js';
import { parsed } from '../../shared/options.js';
import type { DiffOptions } from './options.js';

interface DiffFlags extends LookFlags {
  versus?: string;
  versusTime?: string;
  verbose?: boolean;
}

/** Findings that are printed by default: a screen. */
const USUAL_LIMIT = 20;

/** `telemetry diff` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('diff')
    .summary('find what sets some events apart from others')
    .description(
      'Compares the events of a condition with all others, with those of another condition, or with another time, ' +
        'and prints the attribute values that are more frequent among them. All events are counted, none are sampled.',
    );
  addLookOptions(
    command,
    'the events to explain: those for which this condition is true',
    `print at most this many values; 0 for all (default: ${USUAL_LIMIT})`,
  )
    .option('--versus <sql>', 'the events to compare with (default: all others)')
    .option('--versus-time <from..to>', 'compare with the events of this time, such as 2h..1h')
    .option(
      '--verbose',
      'also list all values of the same counts, and the attributes that are left out, with the reasons',
    );
  command.action(async () => {
    const flags = command.opts<DiffFlags>();
    const context = await start(command.optsWithGlobals());
    const options = optionsOf(flags, context);
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [
      { line: `telemetry diff --where "severity = 'ERROR'"`, purpose: 'Find what the errors have in common' },
      {
        line: `telemetry diff --where "duration_ms > 500" --versus "type = 'trace'"`,
        purpose: 'Compare slow spans with the other spans',
      },
      { line: 'telemetry diff --versus-time 2h..1h', purpose: 'Compare the last hour with the one before' },
    ],
    notes: [
      'A line has the share of a value among the matching events and among the others, the ratio of the two (the lift), and a condition that selects the events with the value. Lines are ranked by a G-test. A value is listed when at least 1 % of the matching events and 5 of them have it, and when chance does not explain it: the probability that a comparison without any difference lists anything is at most 0.1 %, however many attributes and values there are (Bonferroni). Values with the same counts on both sides share a line.',
      'Numbers with more than 50 different values are compared in ranges between quantiles of both sides. Attributes that the conditions name are left out, and those that the numbers rule out: without values, with one value, with mostly unique values (ids), or with more than 100,000 values. --verbose and --format json list them.',
      'With --versus-time, the matching events are those since the end of that time, or of --since and --until, and --where applies to both sides.',
    ],
  };
}

/** @throws TelemetryError `usage` for a value that is not valid, and for options that exclude each other. */
function optionsOf(flags: DiffFlags, context: Context): DiffOptions {
  const { versus } = flags;
  const versusTime = parsed('--versus-time', flags.versusTime, text => span(text, context.now()));
  const options = lookOptions(flags, USUAL_LIMIT, context);
  if (versus !== undefined && versusTime) {
    throw new TelemetryError('usage', '--versus and --versus-time both name the events to compare with', {
      remedy: 'Give one of them; with --versus-time, --where applies to both sides.',
    });
  }
  if (options.where === undefined && !versusTime) {
    throw new TelemetryError('usage', 'telemetry diff needs the events to explain', {
      remedy: `Give --where, such as --where "severity = 'ERROR'", or --versus-time.`,
    });
  }
  return { ...options, versus, versusTime, isVerbose: flags.verbose === true };
}

/** Parses `2h..1h`, in either order. */
function span(text: string, now: number): { since: number; until: number } {
  const [from = '', to = '', ...rest] = text.split('..');
  if (from.trim() === '' || to.trim() === '' || rest.length > 0) {
    throw new TelemetryError('usage', `"${text}" is not a span of time`, {
      remedy: 'Write two points in time with two dots between, such as 2h..1h or 09:00..10:00.',
    });
  }
  const [a, b] = [parseInstant(from, now), parseInstant(to, now)];
  if (a === b) throw new TelemetryError('usage', `"${text}" is empty: both ends are the same`);
  return { since: Math.min(a, b), until: Math.max(a, b) };
}
