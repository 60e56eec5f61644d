import type { Command } from 'commander';
import { addArchiveOptions, startArchiveCommand } from '../../shared/archive-command.js';
import type { Manual, Start } from '../../shared/context.js';

/** `telemetry backup` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('backup')
    .summary('copy the store while a server writes to it')
    .description(
      'Copies the store as it is at one moment to DIR, which must be new or empty, and verifies the copy. Every event that ' +
        'was acknowledged before the command started is in it. The copy is a store: use it with --store DIR.',
    )
    .argument('<dir>', 'the directory of the copy')
    .option('--deep', 'also rebuild every payload of the copy and compare it with the columns');
  command.option('--with-credentials', 'also copy the passwords and tokens of remotes');
  addArchiveOptions(command).action(async (target: string) => {
    const { deep = false, withCredentials = false } = command.opts<{ deep?: boolean; withCredentials?: boolean }>();
    const { options, context } = await startArchiveCommand(command, start);
    const { run } = await import('./run.js');
    await run({ ...options, target, deep, withCredentials }, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry backup /mnt/disk/telemetry-$(date +%F)', purpose: 'Copy the store' },
      { line: 'telemetry query --store /mnt/disk/telemetry-2026-11-30 "from events limit 3"', purpose: 'Read a copy' },
    ],
    notes: [
      'Until the copy is complete it has no telemetry.db, so that an interrupted one is not taken for a store. Ctrl-C and an error, such as a full disk, remove what was copied. Exits with 1 when something in the copy is damaged, which mostly means that it is damaged in the store as well; such a copy is kept.',
      'The copy has the tokens, the key of --hash and the offsets of sources, but not the credentials of remotes unless --with-credentials is given. It is as secret as the store.',
    ],
  };
}
