/**
 * What a shell runs to complete our command lines. Each hands us the line up to the cursor and
 * takes the words that we print; what can stand where is known here, and not in the shells.
 */

/** Bash splits words at `:` and `@`, which URLs and mk@join have: it gets what is behind these. */
const bash = `_circuit() {
  local line=\${COMP_LINE:0:COMP_POINT} candidate typed part
  typed=\${line##*[[:space:]]}
  part=\${COMP_WORDS[COMP_CWORD]}
  [[ $part == [:=@] ]] && part=
  COMPREPLY=()
  while IFS= read -r candidate; do
    candidate=\${candidate#"\${typed%"$part"}"}
    COMPREPLY+=("$(printf %q "$candidate")")
    [[ $candidate == /* ]] && compopt -o nospace 2>/dev/null
  done < <(circuit completion --line "$line" 2>/dev/null)
}
complete -o default -F _circuit circuit
`;

const zsh = `#compdef circuit
_circuit() {
  local -a candidates
  candidates=("\${(@f)$(circuit completion --line "\${LBUFFER}" 2>/dev/null)}")
  if [[ -z $candidates[1] ]]; then
    _files
  elif [[ $candidates[1] == /* ]]; then
    compadd -S '' -- $candidates
  else
    compadd -- $candidates
  fi
}
compdef _circuit circuit
`;

const fish = `complete -c circuit -a '(circuit completion --line (commandline -cp) 2>/dev/null)'
`;

export const scripts: Readonly<Record<string, string>> = { bash, zsh, fish };
