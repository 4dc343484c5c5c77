/** What was found after an attempt had ended, see `ResourceUse`. */
export interface Leftovers {
  readonly processes_ended?: number
  readonly files_removed?: number
}

/** What an attempt left behind and what became of it, in words; null where nobody looked. */
export function leftoverWords({ files_removed: files, processes_ended: processes }: Leftovers): string | null {
  if (processes === undefined && files === undefined) return null
  const parts = [
    ...(processes ? [`${processes === 1 ? '1 process' : `${processes} processes`}, ended`] : []),
    ...(files ? [`${files === 1 ? '1 file' : `${files} files`}, removed`] : []),
  ]
  return parts.length === 0 ? 'nothing' : parts.join('; ')
}
