import type { Command } from 'commander';
import { addArchiveOptions, startArchiveCommand } from '../../shared/archive-command.js';
import type { Manual, Start } from '../../shared/context.js';

/** `telemetry compact` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('compact')
    .summary('merge small segments of the archive')
    .description(
      'Merges the segments of each day and type into as few as possible, which saves space and opens faster. ' +
        'A server does this gradually by itself; both may run at once.',
    );
  addArchiveOptions(command).action(async () => {
    const { options, context } = await startArchiveCommand(command, start);
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [{ line: 'telemetry compact', purpose: 'Merge all segments that can be merged' }],
    notes: [
      'Files without filters of ids, such as those of an older build, get them: a search for one id then reads few of them.',
      'Files that a query is reading are removed once it ends. If compaction is interrupted or killed, either the old or the new segments remain, never both.',
    ],
  };
}
