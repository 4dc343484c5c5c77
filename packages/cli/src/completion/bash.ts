import { listableFlags, type PlaceInfo } from './tree.ts'

/** What makes bash (4 or later) complete `andon`. */
export function bashCompletion(places: readonly PlaceInfo[]): string {
  const paths = places.filter((place) => place.path.length > 0).map((place) => `'${place.path.join(' ')}'`)
  return `# bash completion for andon; load it with: source <(andon completion bash)
_andon() {
  local cur=\${COMP_WORDS[COMP_CWORD]//\\\\/} prev=\${COMP_WORDS[COMP_CWORD-1]} path='' words='' i
  local IFS=$'\\n'
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${path:+$path }\${COMP_WORDS[i]}" in
      ${paths.join('|')}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$prev" in
${flagCases(places)}
  esac
  case "$path" in
${places.map(placeCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  for i in "\${!COMPREPLY[@]}"; do printf -v COMPREPLY[i] %q "\${COMPREPLY[i]}"; done
}
complete -o default -F _andon andon
`
}

const PRINTERS = '$(andon printers list -o name -q 2>/dev/null)'

function flagCases(places: readonly PlaceInfo[]): string {
  return listableFlags(places)
    .map((flag) => {
      const words = flag.choices.length > 0 ? lines(flag.choices) : `"${PRINTERS}"`
      return `    ${flag.names.join('|')}) COMPREPLY=($(compgen -W ${words} -- "$cur")); return ;;`
    })
    .join('\n')
}

function placeCase(place: PlaceInfo): string {
  const words = [
    ...place.subcommands.map((command) => command.name),
    ...place.flags.flatMap((flag) => flag.names.filter((name) => name.startsWith('--'))),
  ]
  const names = place.takes === 'printers' ? ` [[ $cur == -* ]] || words+=$'\\n'"${PRINTERS}"` : ''
  return `    '${place.path.join(' ')}') words=${lines(words)};${names} ;;`
}

function lines(words: readonly string[]): string {
  return `$'${words.join('\\n')}'`
}
