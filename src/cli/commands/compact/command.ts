import type { Command } from 'commander';
import { addArchiveOptions, startArchiveCommand } from '../../shared/archive-command.js';
import type { Manual, Start } from '../../shared/context.js';

/** `telemetry compact` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('compact')
    .summary('merge the segments of the archive into few')
    .description(
      'Merges the segments of each day and type into as few as there can be: fewer files are smaller and are opened ' +
        'faster. A server does this by itself, bit by bit; both may run at once.',
    );
  addArchiveOptions(command).action(async () => {
    const { options, context } = await startArchiveCommand(command, start);
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [{ line: 'telemetry compact', purpose: 'Merge what can be merged' }],
    notes: [
      'Files that a query still reads are removed once it has ended. If it is interrupted or killed, the segments are those of before or those of after, never both.',
    ],
  };
}
