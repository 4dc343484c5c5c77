import type { Command } from 'commander'

/** One flag as completion offers it. */
export interface FlagInfo {
  readonly choices: readonly string[]
  readonly description: string
  /** As written, such as `-p` and `--printer`. */
  readonly names: readonly string[]
  readonly takesValue: boolean
}

/** One place in the tree of commands. */
export interface PlaceInfo {
  readonly flags: readonly FlagInfo[]
  /** Names of the commands that lead here, without `andon`. */
  readonly path: readonly string[]
  readonly subcommands: readonly { readonly description: string; readonly name: string }[]
  /** What its arguments are names of; null: of files, or nothing that can be listed. */
  readonly takes: 'printers' | null
}

/** Every place of the tree, from the top. Flags of the program itself are good everywhere. */
export function describeTree(program: Command): PlaceInfo[] {
  const places: PlaceInfo[] = []
  const walk = (command: Command, path: readonly string[], outer: readonly FlagInfo[]) => {
    const own = command.options.map((option) => ({
      choices: option.argChoices ?? [],
      description: option.description,
      names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
      takesValue: option.required || option.optional,
    }))
    const flags = [...own, ...outer]
    const subcommands = command.commands.map((child) => ({ description: child.description(), name: child.name() }))
    const takesPrinters =
      path[0] === 'printers' && command.registeredArguments[0]?.name() === 'name' && path[1] !== 'add'
    places.push({ flags, path, subcommands, takes: takesPrinters ? 'printers' : null })
    for (const child of command.commands) walk(child, [...path, child.name()], path.length === 0 ? flags : outer)
  }
  walk(program, [], [])
  return places
}

/** The flags of the whole tree whose values can be listed, each once. */
export function listableFlags(places: readonly PlaceInfo[]): FlagInfo[] {
  const byName = new Map<string, FlagInfo>()
  for (const flag of places.flatMap((place) => place.flags)) {
    const isListable = flag.choices.length > 0 || flag.names.includes('--printer')
    if (isListable) byName.set(flag.names.join(), flag)
  }
  return [...byName.values()]
}
