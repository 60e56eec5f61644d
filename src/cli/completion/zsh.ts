import type { Candidates, CommandNode, OptionNode, Tree } from './tree.js';

/** A completion script for zsh: to be sourced, or put on the fpath as `_telemetry`. */
export function zshScript(tree: Tree): string {
  return `#compdef ${tree.name}
_${tree.name}() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands=(
${tree.commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}\n`).join('')}  )
  _arguments -C \\
${specs(tree)}    '1: :->command' \\
    '*:: :->arguments'
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
  const argument = node.words.length > 0 ? `'1: :(${node.words.join(' ')})'` : `'*: : '`;
  return `        ${node.name})
          _arguments \\
${specs(node, '            ')}            ${argument} ;;
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
  return typeof candidates === 'string' ? ' ' : `(${candidates.join(' ')})`;
}

/** What stands in a specification of _arguments: brackets end a description, colons a field. */
function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
