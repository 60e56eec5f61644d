import { Argument } from 'commander';
import type { Command } from 'commander';
import type { Manual, Start } from '../../context.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** What `telemetry completion` was asked for. */
export interface CompletionOptions {
  readonly shell: (typeof SHELLS)[number];
}

/** `telemetry completion` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('completion')
    .summary('a script that completes commands in your shell')
    .description('Prints a script that teaches a shell to complete the commands, options and values of telemetry.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS));
  command.action(async (shell: CompletionOptions['shell']) => {
    const context = await start({});
    const { run } = await import('./run.js');
    await run({ shell }, context);
  });
  return {
    command,
    examples: [
      { line: 'source <(telemetry completion bash)', purpose: 'For this bash' },
      { line: 'telemetry completion zsh > "${fpath[1]}/_telemetry"', purpose: 'For every zsh from now on' },
      { line: 'telemetry completion fish > ~/.config/fish/completions/telemetry.fish', purpose: 'For every fish' },
    ],
  };
}
