import { isStored, type Candidates, type CommandNode, type OptionNode, type Tree } from './tree.js';

/** A completion script for zsh, to source or to install in the fpath as `_telemetry`. */
export function zshScript(tree: Tree): string {
  return `#compdef ${tree.name}
# Names of the store, of a kind: the value of --store on this line, else the store of the settings.
_${tree.name}_stored() {
  local kind=$1 form=$2
  shift 2
  local -a store names
  [[ -n \${opt_args[--store]:-$before} ]] && store=(--store \${(Q)opt_args[--store]:-$before})
  names=(\${(f)"$(${tree.name} completion --values $kind $store 2>/dev/null)"} "$@")
  [[ $form == list ]] && compset -P '*,'
  compadd -a names
}
_${tree.name}() {
  local context state state_descr line before
  typeset -A opt_args
  local -a commands=(
${tree.commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}\n`).join('')}  )
  _arguments -C \\
${specs(tree)}    '(-)1: :->command' \\
    '(-)*:: :->arguments'
  before=\${(Q)opt_args[--store]} # of the whole program, which the options of the command replace
  case $state in
    command) _describe command commands ;;
    arguments)
      case $words[1] in
${tree.commands.map(commandCase).join('')}      esac ;;
  esac
}
if [[ $funcstack[1] == _${tree.name} ]]; then
  _${tree.name} "$@"
else
  compdef _${tree.name} ${tree.name}
fi
`;
}

function commandCase(node: CommandNode): string {
  const first = node.words.length > 0 ? `'1: :(${node.words.join(' ')})'` : `'*: : '`;
  const following = Object.entries(node.following);
  if (following.length === 0)
    return `        ${node.name})\n          _arguments \\\n${specs(node, '            ')}            ${first} ;;\n`;
  const cases = following
    .map(([action, kind]) => `              ${action}) _telemetry_stored ${kind} one ;;\n`)
    .join('');
  return `        ${node.name})
          _arguments -C \\
${specs(node, '            ')}            ${first} '*:: :->names'
          if [[ $state == names ]]; then
            case $line[1] in
${cases}            esac
          fi ;;
`;
}

function specs(node: CommandNode, indent = '    '): string {
  return node.options.map(option => `${indent}${spec(option)} \\\n`).join('');
}

function spec({ long, short, summary, value, repeats }: OptionNode): string {
  const about = `[${escaped(summary)}]${value ? `:${escaped(value.name)}:${action(value.candidates)}` : ''}`;
  const longFlag = value ? `${long}=` : long;
  if (short === undefined) return quoted(`${repeats ? '*' : ''}${longFlag}${about}`);
  const once = repeats ? `'*'` : quoted(`(${short} ${long})`);
  return `${once}{${short}${value ? '+' : ''},${longFlag}}${quoted(about)}`;
}

function action(candidates: Candidates): string {
  if (candidates === 'files' || candidates === 'assigned-file') return '_files';
  if (candidates === 'directories') return '_files -/';
  if (isStored(candidates)) {
    const { stored, isList, words } = candidates;
    // With a leading blank, zsh calls the function with these words only.
    return ` _telemetry_stored ${[stored, isList ? 'list' : 'one', ...words].join(' ')}`;
  }
  return typeof candidates === 'string' ? ' ' : `(${candidates.join(' ')})`;
}

/** Escapes a text for a specification of _arguments, where brackets end a description and colons a field. */
function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
