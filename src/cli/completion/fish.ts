import type { Candidates, CommandNode, OptionNode, Tree } from './tree.js';

/** A completion script for fish. */
export function fishScript(tree: Tree): string {
  const complete = `complete -c ${tree.name}`;
  const names = tree.commands.map(({ name }) => name).join(' ');
  // Not __fish_use_subcommand, which takes the value of --store for a command.
  const before = `-n 'not __fish_seen_subcommand_from ${names}'`;
  const lines = [
    `# fish completion of ${tree.name}`,
    `${complete} -f`,
    ...tree.options.map(option => `${complete} ${before} ${optionArguments(option)}`),
    ...tree.commands.map(({ name, summary }) => `${complete} ${before} -a ${name} -d ${quoted(summary)}`),
    ...tree.commands.flatMap(node => commandLines(complete, node)),
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(complete: string, node: CommandNode): string[] {
  const here = `${complete} -n '__fish_seen_subcommand_from ${node.name}'`;
  const words = node.words.length > 0 ? [`${here} -a ${quoted(node.words.join(' '))}`] : [];
  return [...words, ...node.options.map(option => `${here} ${optionArguments(option)}`)];
}

function optionArguments({ long, short, summary, value }: OptionNode): string {
  const flags = `${short === undefined ? '' : `-s ${short.slice(1)} `}-l ${long.slice(2)}`;
  return `${flags}${value ? ` ${valueArguments(value.candidates)}` : ''} -d ${quoted(summary)}`;
}

function valueArguments(candidates: Candidates): string {
  if (candidates === 'files' || candidates === 'assigned-file') return '-r -F';
  if (candidates === 'directories') return `-x -a '(__fish_complete_directories)'`;
  return typeof candidates === 'string' ? '-x' : `-x -a ${quoted(candidates.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
