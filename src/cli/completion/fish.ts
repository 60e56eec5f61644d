import { isStored, type Candidates, type CommandNode, type OptionNode, type Tree } from './tree.js';

/** A completion script for fish. */
export function fishScript(tree: Tree): string {
  const complete = `complete -c ${tree.name}`;
  const names = tree.commands.map(({ name }) => name).join(' ');
  // Not __fish_use_subcommand, which takes the value of --store for a command.
  const before = `-n 'not __fish_seen_subcommand_from ${names}'`;
  const lines = [
    `# fish completion of ${tree.name}`,
    storedFunction(tree.name),
    `${complete} -f`,
    ...tree.options.map(option => `${complete} ${before} ${optionArguments(option)}`),
    ...tree.commands.map(({ name, summary }) => `${complete} ${before} -a ${name} -d ${quoted(summary)}`),
    ...tree.commands.flatMap(node => commandLines(complete, node)),
  ];
  return `${lines.join('\n')}\n`;
}

/** A fish function that prints names of the store, each prefixed with the earlier items of the list. */
function storedFunction(name: string): string {
  return `function __${name}_stored
    set -l store (string match -rg -- '--store[ =](\\S+)' (commandline -op | string join ' '))
    set -l prefix ''
    test "$argv[2]" = list; and set prefix (string match -r -- '.*,' (commandline -ct | string replace -r -- '^--?[\\w-]+=' ''))
    test -n "$prefix"; or set prefix ''
    for name in (${name} completion --values $argv[1] (test -n "$store[1]"; and printf '%s\\n' --store $store[1]) 2>/dev/null) $argv[3..]
        echo $prefix$name
    end
end`;
}

function commandLines(complete: string, node: CommandNode): string[] {
  const seen = `__fish_seen_subcommand_from ${node.name}`;
  const actions = Object.keys(node.following).join(' ');
  const isFirst = actions === '' ? seen : `${seen}; and not __fish_seen_subcommand_from ${actions}`;
  const words = node.words.length > 0 ? [`${complete} -n '${isFirst}' -a ${quoted(node.words.join(' '))}`] : [];
  const following = Object.entries(node.following).map(
    ([action, kind]) =>
      `${complete} -n '${seen}; and __fish_seen_subcommand_from ${action}' -a '(__telemetry_stored ${kind} one)'`,
  );
  return [...words, ...following, ...node.options.map(option => `${complete} -n '${seen}' ${optionArguments(option)}`)];
}

function optionArguments({ long, short, summary, value }: OptionNode): string {
  const flags = `${short === undefined ? '' : `-s ${short.slice(1)} `}-l ${long.slice(2)}`;
  return `${flags}${value ? ` ${valueArguments(value.candidates)}` : ''} -d ${quoted(summary)}`;
}

function valueArguments(candidates: Candidates): string {
  if (candidates === 'files' || candidates === 'assigned-file') return '-r -F';
  if (candidates === 'directories') return `-x -a '(__fish_complete_directories)'`;
  if (isStored(candidates)) {
    const { stored, isList, words } = candidates;
    return `-x -a '(__telemetry_stored ${[stored, isList ? 'list' : 'one', ...words].join(' ')})'`;
  }
  return typeof candidates === 'string' ? '-x' : `-x -a ${quoted(candidates.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
