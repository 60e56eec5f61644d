import type { Command } from 'commander';
import { addArchiveOptions, startArchiveCommand } from '../../shared/archive-command.js';
import type { Manual, Start } from '../../shared/context.js';

/** `telemetry seal` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('seal')
    .summary('move events from the journal to the archive')
    .description(
      'Moves all events of the journal to the archive, where they take a fraction of the space and are faster to read, ' +
        'and frees the space of the journal. A server does this by itself; both may run at once.',
    );
  addArchiveOptions(command).action(async () => {
    const { options, context } = await startArchiveCommand(command, start);
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry seal', purpose: 'Seal all events of the journal' },
      { line: 'telemetry seal && telemetry compact', purpose: 'Minimize a store before copying it' },
    ],
    notes: [
      'No event is lost or duplicated if sealing is interrupted or killed: unsealed events stay in the journal for the next run.',
    ],
  };
}
