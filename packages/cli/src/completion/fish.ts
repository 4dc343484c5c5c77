import type { PlaceInfo } from './tree.ts'

/** What makes fish complete `andon`. */
export function fishCompletion(places: readonly PlaceInfo[]): string {
  const paths = places.filter((place) => place.path.length > 0).map((place) => quote(place.path.join(' ')))
  return `# fish completion for andon; load it with: andon completion fish | source
function __andon_place
  set -l place ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$place $word")
    if contains -- "$next" ${paths.join(' ')}
      set place $next
    end
  end
  echo $place
end
function __andon_at
  test "$(__andon_place)" = "$argv[1]"
end
complete -c andon -e
${places.flatMap(placeLines).join('\n')}
`
}

const PRINTERS = "'(andon printers list -o name -q 2>/dev/null)'"

function placeLines(place: PlaceInfo): string[] {
  const at = `complete -c andon -n ${quote(`__andon_at ${quote(place.path.join(' '))}`)}`
  const commands = place.subcommands.map(({ description, name }) => `${at} -f -a ${name} -d ${quote(description)}`)
  const flags = place.flags.map((flag) => {
    const names = flag.names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
    const values = flag.choices.length > 0 ? ` -x -a ${quote(flag.choices.join(' '))}` : ''
    const printers = flag.names.includes('--printer') ? ` -x -a ${PRINTERS}` : ''
    const takes = flag.takesValue && values === '' && printers === '' ? ' -r' : ''
    return `${at} ${names.join(' ')}${values}${printers}${takes} -d ${quote(flag.description)}`
  })
  return [...commands, ...(place.takes === 'printers' ? [`${at} -f -a ${PRINTERS}`] : []), ...flags]
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
}
