import type { Command } from 'commander';
import type { Manual, Start } from '../../shared/context.js';

/** `telemetry demo` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('demo')
    .summary('see the whole loop on a throw-away store')
    .description(
      'Starts a server on a throw-away store and a free port, sends it a few events over HTTP and WebSocket, then tails, queries and prunes them. Each command is printed before its output.',
    )
    .option('--keep', 'leave the store behind, and say where it is');
  command.action(async () => {
    const { keep } = command.opts<{ keep?: boolean }>();
    const context = await start(command.optsWithGlobals());
    const { run } = await import('./run.js');
    await run({ keep: keep === true }, context);
  });
  return { command, examples: [{ line: 'telemetry demo', purpose: 'Watch it; your own store is not touched' }] };
}
