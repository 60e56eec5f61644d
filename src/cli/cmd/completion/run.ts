import { bashScript } from '../../completion/bash.js';
import { fishScript } from '../../completion/fish.js';
import { treeOf } from '../../completion/tree.js';
import { zshScript } from '../../completion/zsh.js';
import type { Context, Start } from '../../context.js';
import { createProgram } from '../../program.js';
import type { CompletionOptions } from './command.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** Prints the completion script of a shell, generated from the commands. */
export async function run({ shell }: CompletionOptions, context: Context): Promise<void> {
  const start: Start = () => Promise.resolve(context);
  await context.streams.out.write(SCRIPTS[shell](treeOf(createProgram(start).program)));
}
