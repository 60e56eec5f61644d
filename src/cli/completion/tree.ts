import type { Command, Option } from 'commander';

/** What may stand for a value: one of some words, a file, a directory, a file after `name=`, or anything. */
export type Candidates = readonly string[] | 'files' | 'directories' | 'assigned-file' | 'anything';

/** An option as a shell completes it. */
export interface OptionNode {
  readonly long: string;
  readonly short: string | undefined;
  readonly summary: string;
  /** The name of its value and what may stand for it; undefined when it takes none. */
  readonly value: { readonly name: string; readonly candidates: Candidates } | undefined;
  readonly repeats: boolean;
}

/** A command as a shell completes it. */
export interface CommandNode {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionNode[];
  /** The words that its first argument may be; empty when it is free. */
  readonly words: readonly string[];
}

/** The command line as a shell completes it. */
export interface Tree extends CommandNode {
  readonly commands: readonly CommandNode[];
}

/** Reads the tree off the commands themselves, so that the scripts cannot fall behind. */
export function treeOf(program: Command): Tree {
  const commands = program.createHelp().visibleCommands(program).map(nodeOf);
  const names = commands.map(({ name }) => name);
  return {
    ...nodeOf(program),
    commands: commands.map(node => (node.name === 'help' ? { ...node, words: names } : node)),
  };
}

function nodeOf(command: Command): CommandNode {
  return {
    name: command.name(),
    summary: command.summary() || command.description(),
    options: command.createHelp().visibleOptions(command).map(optionOf),
    words: command.registeredArguments[0]?.argChoices ?? [],
  };
}

function optionOf(option: Option): OptionNode {
  const name = /<(.+)>/.exec(option.flags)?.[1];
  return {
    long: option.long ?? '',
    short: option.short,
    summary: option.description.replace(/ \(default: .*\)$/, ''),
    value: name === undefined ? undefined : { name, candidates: option.argChoices ?? CANDIDATES[name] ?? 'anything' },
    repeats: option.parseArg !== undefined && !option.argChoices,
  };
}

/** By the name that an option gives its value. */
const CANDIDATES: Readonly<Record<string, Candidates>> = {
  path: 'files',
  dir: 'directories',
  'name=path': 'assigned-file',
};
