export type ShellName = "bash" | "zsh" | "fish";

const BASH = `_berth() {
  local IFS=$'\\n'
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  local candidate
  while read -r candidate; do COMPREPLY+=("$(printf '%q' "$candidate")"); done < <(berth complete-words -- "\${words[@]}" 2>/dev/null)
  [[ "\${COMP_WORDS[1]}" == cp ]] && compopt -o nospace
}
complete -o default -F _berth berth
`;

const ZSH = `#compdef berth
_berth() {
  local -a candidates
  candidates=("\${(@f)$(berth complete-words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  candidates=("\${(@)candidates:#}")
  if (( \${#candidates} )); then compadd -a candidates; else _files; fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _berth berth
`;

const FISH = `function __berth_complete
  set -l words (commandline -opc)
  berth complete-words -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c berth -f -a '(__berth_complete)'
complete -c berth -n '__fish_seen_subcommand_from cp' -F
`;

/** The shells only pass the words on: `berth complete-words` knows the candidates. */
export const SCRIPTS: Record<ShellName, string> = { bash: BASH, zsh: ZSH, fish: FISH };
