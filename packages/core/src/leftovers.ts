/** What was found after an attempt had ended, see `ResourceUse`. */
export interface Leftovers {
  readonly processes_ended?: number
  readonly files_removed?: number
}

/** What an attempt left behind and what became of it, in words; null where nobody looked. */
export function leftoverWords({ files_removed: files, processes_ended: processes }: Leftovers): string | null {
  if (processes === undefined && files === undefined) return null
  if (!processes && !files) return 'nothing'
  return `${countWords(processes ?? 0, 'process', 'ended')}; ${countWords(files ?? 0, 'file', 'removed')}`
}

function countWords(count: number, one: 'file' | 'process', became: string): string {
  if (count === 0) return `no ${one}`
  if (count === 1) return `1 ${one}, ${became}`
  return `${count} ${one}${one === 'process' ? 'es' : 's'}, ${became}`
}
