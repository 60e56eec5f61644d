import type { Command } from 'commander';
import { addArchiveOptions, startArchiveCommand } from '../../shared/archive-command.js';
import type { Manual, Start } from '../../shared/context.js';

/** `telemetry verify` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('verify')
    .summary('check the store for damage')
    .description(
      'Compares each segment of the archive with the catalog (presence, size, checksum, events), and checks the database. ' +
        'Exits with 1 if it finds damage; leftovers of a crash are only listed. A server may run meanwhile.',
    )
    .option('--deep', 'also rebuild each payload and compare it with its columns')
    .option('--repair', 'quarantine damaged segments and restore readable ones; deletes nothing');
  addArchiveOptions(command).action(async () => {
    const { deep = false, repair = false } = command.opts<{ deep?: boolean; repair?: boolean }>();
    const { options, context } = await startArchiveCommand(command, start);
    const { run } = await import('./run.js');
    await run({ ...options, deep, repair }, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry verify', purpose: 'Check all files' },
      { line: 'telemetry verify --deep', purpose: 'Check that each event can be rebuilt as sent' },
      { line: 'telemetry verify --repair', purpose: 'Quarantine damaged segments' },
    ],
    notes: [
      'Queries skip a damaged segment, name it on standard error, and answer from the rest with exit code 0. --repair moves its file to archive/damaged, so that queries no longer try to read it; they still report it as missing. To restore its events, put an intact copy in either place and run --repair again.',
    ],
  };
}
