import type { Command } from 'commander';
import { addArchiveOptions, startArchiveCommand } from '../../shared/archive-command.js';
import type { Manual, Start } from '../../shared/context.js';

/** `telemetry verify` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('verify')
    .summary('check the store for damage')
    .description(
      'Compares every segment of the archive with the catalog (there, size, checksum, events), and checks the database. ' +
        'Exits with 1 when something is damaged; leftovers of a crash are noted only. Works beside a running server.',
    )
    .option('--deep', 'also rebuild every payload and compare what is stored beside it')
    .option('--repair', 'set damaged segments aside, and take back those that can be read again; nothing is deleted');
  addArchiveOptions(command).action(async () => {
    const { deep = false, repair = false } = command.opts<{ deep?: boolean; repair?: boolean }>();
    const { options, context } = await startArchiveCommand(command, start);
    const { run } = await import('./run.js');
    await run({ ...options, deep, repair }, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry verify', purpose: 'Is every file what was sealed?' },
      { line: 'telemetry verify --deep', purpose: 'Can every event be rebuilt as it was sent?' },
      { line: 'telemetry verify --repair', purpose: 'Set aside what is damaged' },
    ],
    notes: [
      'Queries leave out a segment that they find damaged, say which on standard error, and answer from the rest with exit code 0. --repair moves its file to archive/damaged, so that they no longer try it; they still say that it is missing. Put an intact copy back in either place and run --repair again, and its events are there again.',
    ],
  };
}
