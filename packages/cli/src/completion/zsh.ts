import { listableFlags, type PlaceInfo } from './tree.ts'

/** What makes zsh complete `andon`. */
export function zshCompletion(places: readonly PlaceInfo[]): string {
  const paths = places.filter((place) => place.path.length > 0).map((place) => quote(place.path.join(' ')))
  return `#compdef andon
# zsh completion for andon; save it as _andon in a folder of $fpath, or: source <(andon completion zsh)
_andon() {
  local place='' next word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${place:+$place }$word"
    case "$next" in
      ${paths.join('|')}) place="$next" ;;
    esac
  done
  case "\${words[CURRENT-1]}" in
${flagCases(places)}
  esac
  case "$place" in
${places.map(placeCase).join('\n')}
  esac
  _describe 'andon' found || _files
}
compdef _andon andon
`
}

const PRINTERS = 'found=("${(@f)$(andon printers list -o name -q 2>/dev/null)}")'

function flagCases(places: readonly PlaceInfo[]): string {
  return listableFlags(places)
    .map((flag) => {
      const found = flag.choices.length > 0 ? `found=(${flag.choices.map(quote).join(' ')})` : PRINTERS
      return `    ${flag.names.join('|')}) ${found}; compadd -a found; return ;;`
    })
    .join('\n')
}

function placeCase(place: PlaceInfo): string {
  const commands = place.subcommands.map(({ description, name }) => entry(name, description))
  const flags = place.flags.flatMap((flag) =>
    flag.names.filter((name) => name.startsWith('--')).map((name) => entry(name, flag.description)),
  )
  const printers = place.takes === 'printers' ? `${PRINTERS}; compadd -a found; ` : ''
  return `    ${quote(place.path.join(' '))}) ${printers}found=(${[...commands, ...flags].join(' ')}) ;;`
}

function entry(name: string, description: string): string {
  return quote(`${name}:${description.replaceAll(':', '\\:')}`)
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
