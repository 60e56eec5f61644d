import type { Command, Option } from 'commander';
import type { NameKind } from '../../store/catalog/stored-names.js';

/** Names of the store, which the shell queries on demand. */
export interface StoredCandidates {
  readonly stored: NameKind;
  /** True for a comma-separated list. */
  readonly isList: boolean;
  /** Further words that are valid. */
  readonly words: readonly string[];
}

/** The candidates for a value: words, files, directories, a file after `name=`, names of the store, or anything. */
export type Candidates = readonly string[] | 'files' | 'directories' | 'assigned-file' | 'anything' | StoredCandidates;

/** An option as a shell completes it. */
export interface OptionNode {
  readonly long: string;
  readonly short: string | undefined;
  readonly summary: string;
  /** The placeholder of its value and the candidates; undefined for an option without a value. */
  readonly value: { readonly name: string; readonly candidates: Candidates } | undefined;
  readonly repeats: boolean;
}

/** A command as a shell completes it. */
export interface CommandNode {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionNode[];
  /** The choices of its first argument; empty when any is accepted. */
  readonly words: readonly string[];
  /** Names of the store that may follow some of these words. */
  readonly following: Readonly<Record<string, NameKind>>;
}

/** The command line as a shell completes it. */
export interface Tree extends CommandNode {
  readonly commands: readonly CommandNode[];
}

/** The actions of `telemetry cube` that take the name of a cube. */
const CUBE_ACTIONS = 'show refresh rebuild verify rm'.split(' ');

/** The actions of `telemetry alert` that take the name of a rule. */
const ALERT_ACTIONS = 'show rm ack unack assign resolve note mute unmute explain evaluate replay export'.split(' ');

/** The kinds of names that follow the first word of a command. */
const FOLLOWING: Readonly<Record<string, Readonly<Record<string, NameKind>>>> = {
  token: { show: 'tokens', revoke: 'tokens', rm: 'tokens' },
  view: { show: 'views', rm: 'views' },
  saved: { show: 'queries', rm: 'queries' },
  cube: Object.fromEntries(CUBE_ACTIONS.map(action => [action, 'cubes'])),
  alert: Object.fromEntries(ALERT_ACTIONS.map(action => [action, 'alerts'])),
  schema: { show: 'schemas', rm: 'schemas' },
  index: { add: 'columns', drop: 'columns' },
};

/** Derives the tree from the commands, so that the scripts stay up to date. */
export function treeOf(program: Command): Tree {
  const commands = program.createHelp().visibleCommands(program).map(nodeOf);
  const names = commands.map(({ name }) => name);
  return {
    ...nodeOf(program),
    commands: commands.map(node => (node.name === 'help' ? { ...node, words: names } : node)),
  };
}

function nodeOf(command: Command): CommandNode {
  const name = command.name();
  return {
    name,
    summary: command.summary() || command.description(),
    options: command.createHelp().visibleOptions(command).map(optionOf),
    words: command.registeredArguments[0]?.argChoices ?? [],
    following: FOLLOWING[name] ?? {},
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

const stored = (kind: NameKind, isList: boolean, words: readonly string[] = []): StoredCandidates => ({
  stored: kind,
  isList,
  words,
});

/** Candidates by the placeholder of an option. */
const CANDIDATES: Readonly<Record<string, Candidates>> = {
  path: 'files',
  dir: 'directories',
  'name=path': 'assigned-file',
  severity: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
  columns: stored('columns', true),
  column: stored('columns', false, ['stream']),
  types: stored('types', true),
  type: stored('types', false),
  services: stored('services', true),
};

/** True for candidates that come from the store. */
export function isStored(candidates: Candidates): candidates is StoredCandidates {
  return typeof candidates === 'object' && 'stored' in candidates;
}
