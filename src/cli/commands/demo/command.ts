import type { Command } from 'commander';
import type { Manual, Start } from '../../shared/context.js';

/** `telemetry demo` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('demo')
    .summary('show the main commands on a temporary store')
    .description(
      'Starts a server on a temporary store and a free port, sends a few events over HTTP and WebSocket, then tails, queries and prunes them. Prints each command before its output.',
    )
    .option('--keep', 'keep the store, and print its path');
  command.action(async () => {
    const { keep } = command.opts<{ keep?: boolean }>();
    const context = await start(command.optsWithGlobals());
    const { run } = await import('./run.js');
    await run({ keep: keep === true }, context);
  });
  return { command, examples: [{ line: 'telemetry demo', purpose: 'Run the demo; your own store is not touched' }] };
}
