import type { Command } from 'commander';
import { bashScript } from '../../completion/bash.js';
import { fishScript } from '../../completion/fish.js';
import { treeOf } from '../../completion/tree.js';
import { zshScript } from '../../completion/zsh.js';
import type { Context } from '../../shared/context.js';
import type { CompletionOptions } from './options.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** Prints the completion script of a shell, or the names that such a script queries. */
export async function run(options: CompletionOptions, program: Command, context: Context): Promise<void> {
  const { out } = context.streams;
  if (options.shell === undefined) {
    const { completionValues } = await import('../../completion/values.js');
    return out.write(
      completionValues(options.values, options.store)
        .map(name => `${name}\n`)
        .join(''),
    );
  }
  await out.write(SCRIPTS[options.shell](treeOf(program)));
}
