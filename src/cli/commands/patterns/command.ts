import type { Command } from 'commander';
import type { Manual, Start } from '../../shared/context.js';
import { addLookOptions, lookOptions, type LookFlags } from '../../shared/look-options.js';

/** Patterns that are printed by default: a screen. */
const USUAL_LIMIT = 10;

/** `telemetry patterns` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('patterns')
    .summary('group log messages by template')
    .description(
      'Groups the messages of all events that differ only in values, such as numbers and ids. ' +
        'Prints the template of each group, its events over time, an example, and the condition that selects its events.',
    );
  addLookOptions(
    command,
    'only events for which this condition is true',
    `print at most this many patterns; 0 for all (default: ${USUAL_LIMIT})`,
  );
  command.action(async () => {
    const flags = command.opts<LookFlags>();
    const context = await start(command.optsWithGlobals());
    const options = lookOptions(flags, USUAL_LIMIT, context);
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry patterns', purpose: 'Group the messages of all events' },
      {
        line: `telemetry patterns --since 1h --where "severity = 'ERROR'"`,
        purpose: 'Group the errors of the last hour',
      },
      {
        line: `telemetry query --where "message_template(message) = 'took <num> ms'"`,
        purpose: 'List the events of one pattern',
      },
    ],
    notes: [
      'The SQL function message_template(message) replaces the values in the first line of a message, up to 500 characters, by <uuid>, <time>, <ip>, <hex> and <num>. Patterns are groups of such texts of as many words; <*> in place of a word is any word, and at least four occur there. The condition of a pattern selects exactly the events that were counted; of two patterns that fit a message, the one with fewer <*> has it.',
      'All events are read. Of more than 50,000 different texts, those of fewest events are left out, and their events are counted as left over.',
    ],
  };
}
