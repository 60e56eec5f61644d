import { isStored, type Candidates, type CommandNode, type OptionNode, type Tree } from './tree.js';

/** A completion script for bash. It does not need the bash-completion package. */
export function bashScript(tree: Tree): string {
  const nodes = [tree, ...tree.commands];
  const valued = tree.options.filter(({ value }) => value).flatMap(flagsOf);
  return `# bash completion of ${tree.name}: source <(${tree.name} completion bash)

# Names of the store, of a kind: the value of --store on this line, else the store of the settings. The names are read
# line by line and never expanded.
_${tree.name}_stored() {
  local name prefix='' i
  local -a store=()
  [[ $2 == list ]] && prefix="\${current%"\${current##*,}"}"
  for ((i = 1; i < \${#COMP_WORDS[@]} - 1; i++)); do
    [[ \${COMP_WORDS[i]} == --store ]] || continue
    [[ \${COMP_WORDS[i + 1]} == '=' ]] && ((i++))
    store=(--store "\${COMP_WORDS[i + 1]}")
  done
  while IFS= read -r name; do
    [[ -n $name && $prefix$name == "$current"* ]] && COMPREPLY+=("$prefix$name")
  done < <("\${COMP_WORDS[0]}" completion --values "$1" "\${store[@]}" 2>/dev/null; shift 2; printf '%s\\n' "$@")
}

_${tree.name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command='' action='' i
  local IFS=$'\\n'
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${valued.join('|')}) ((i++)) ;;
      -*|=) ;;
      *) command="\${COMP_WORDS[i]}"; break ;;
    esac
  done
  # The word that says what the command is to do, such as revoke of token.
  for ((i = i + 1; i < COMP_CWORD; i++)); do
    case "$command \${COMP_WORDS[i]}" in
      ${actionPatterns(tree)}) action="\${COMP_WORDS[i]}" ;;
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
  case "$command $action" in
${tree.commands.flatMap(followingCases).join('')}  esac
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

function actionPatterns({ commands }: Tree): string {
  return commands
    .flatMap(({ name, following }) => Object.keys(following).map(action => `'${name} ${action}'`))
    .join('|');
}

/** Cases for the arguments that follow an action. Options of the command are still completed. */
function followingCases({ name, following }: CommandNode): string[] {
  return Object.entries(following).map(
    ([action, kind]) =>
      `    '${name} ${action}') [[ $current == -* ]] || { _telemetry_stored ${kind} one; return; } ;;\n`,
  );
}

function valueCase(command: string, option: OptionNode): string {
  if (!option.value) return '';
  const { candidates } = option.value;
  const sign = candidates === 'assigned-file' ? '=' : '';
  const patterns = flagsOf(option).map(flag => `'${command} ${flag}${sign}'`);
  return `    ${patterns.join('|')}) ${generator(candidates)}return ;;\n`;
}

function generator(candidates: Candidates): string {
  if (candidates === 'anything') return '';
  if (isStored(candidates)) {
    const { stored, isList } = candidates;
    return `_telemetry_stored ${[stored, isList ? 'list' : 'one', ...candidates.words].join(' ')}; `;
  }
  if (typeof candidates !== 'string') return `COMPREPLY=($(compgen -W $'${words(candidates)}' -- "$current")); `;
  const kind = candidates === 'directories' ? '-d' : '-f';
  return `compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen ${kind} -- "$current")); `;
}
