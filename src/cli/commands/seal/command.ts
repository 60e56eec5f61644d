import type { Command } from 'commander';
import { addArchiveOptions, startArchiveCommand } from '../../shared/archive-command.js';
import type { Manual, Start } from '../../shared/context.js';

/** `telemetry seal` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('seal')
    .summary('move events from the journal into the archive now')
    .description(
      'Seals every event of the journal into the archive, where it takes a fraction of the space and is read faster, ' +
        'and gives the room of the journal back. A server does this by itself; both may run at once.',
    );
  addArchiveOptions(command).action(async () => {
    const { options, context } = await startArchiveCommand(command, start);
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry seal', purpose: 'Seal what has not been sealed yet' },
      { line: 'telemetry seal && telemetry compact', purpose: 'Make a store as small as it gets, to copy it' },
    ],
    notes: [
      'No event is lost or doubled if it is interrupted or killed: what it has not finished stays in the journal, and the next one starts from there.',
    ],
  };
}
