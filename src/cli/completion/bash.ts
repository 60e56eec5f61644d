import type { CommandNode, OptionNode, Tree } from './tree.js';

/** A completion script for bash, which needs no package of completions beside it. */
export function bashScript(tree: Tree): string {
  const nodes = [tree, ...tree.commands];
  const valued = tree.options.filter(({ value }) => value).flatMap(flagsOf);
  return `# bash completion of ${tree.name}: source <(${tree.name} completion bash)
_${tree.name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command='' i
  local IFS=$'\\n'
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${valued.join('|')}) ((i++)) ;;
      -*|=) ;;
      *) command="\${COMP_WORDS[i]}"; break ;;
    esac
  done
  # bash takes --option=value and name=value apart at the sign.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' ]]; then
    previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  [[ $previous == -* || $COMP_CWORD -lt 3 ]] || previous="\${COMP_WORDS[COMP_CWORD-3]}="
  case "$command $previous" in
${nodes.flatMap(node => node.options.map(option => valueCase(node === tree ? '' : node.name, option))).join('')}  esac
  case "$command" in
    '') COMPREPLY=($(compgen -W $'${words([...tree.commands.map(({ name }) => name), ...optionWords(tree)])}' -- "$current")) ;;
${tree.commands.map(commandCase).join('')}  esac
}
complete -F _${tree.name} ${tree.name}
`;
}

function flagsOf({ long, short }: OptionNode): string[] {
  return short === undefined ? [long] : [long, short];
}

function optionWords(node: CommandNode): string[] {
  return node.options.map(({ long }) => long);
}

function words(list: readonly string[]): string {
  return list.join('\\n');
}

function commandCase(node: CommandNode): string {
  return `    ${node.name}) COMPREPLY=($(compgen -W $'${words([...node.words, ...optionWords(node)])}' -- "$current")) ;;\n`;
}

function valueCase(command: string, option: OptionNode): string {
  if (!option.value) return '';
  const { candidates } = option.value;
  const sign = candidates === 'assigned-file' ? '=' : '';
  const patterns = flagsOf(option).map(flag => `'${command} ${flag}${sign}'`);
  return `    ${patterns.join('|')}) ${generator(candidates)}return ;;\n`;
}

function generator(candidates: NonNullable<OptionNode['value']>['candidates']): string {
  if (candidates === 'anything') return '';
  if (typeof candidates !== 'string') return `COMPREPLY=($(compgen -W $'${words(candidates)}' -- "$current")); `;
  const kind = candidates === 'directories' ? '-d' : '-f';
  return `compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen ${kind} -- "$current")); `;
}
