/** A device that cuts names keeps at least so many characters. */
const SHORTEST_CUT = 20
/** The whole name of an item: `andon:<job>:<attempt>:<index of the item>`. */
const WHOLE = /^andon:[^:]+:\d+:\d+$/
const STEM_AND_INDEX = /^(andon:.+:)(\d+)$/

/**
 * Whether the job under a number that a device gave us can still be ours. Devices may cut names; one that does not repeat
 * names at all is believed. A name that is whole is that of another item, though ours may begin with it: `…:1:1` is not
 * `…:1:12`.
 */
export function canBeNamed(seen: string | null, given: string): boolean {
  if (seen === null || seen === given) return true
  return seen.length >= SHORTEST_CUT && !WHOLE.test(seen) && given.startsWith(seen)
}

/**
 * Whether a job that is looked for by its name alone is ours: one that was cut may be another item. Queues put words of
 * their own around a name.
 */
export function isNamed(seen: string | null, given: string): boolean {
  const at = seen?.indexOf(given) ?? -1
  return seen !== null && at >= 0 && !/^\d/.test(seen.slice(at + given.length))
}

/**
 * Whether a device job is an item of the same attempt that was sent before this one. Devices forget old jobs first,
 * so one that remembers an earlier item and not this one never had it.
 */
export function isEarlierItem(seen: string | null, name: string): boolean {
  const [, ownStem, ownIndex] = STEM_AND_INDEX.exec(name) ?? []
  const [, stem, index] = STEM_AND_INDEX.exec(seen ?? '') ?? []
  return ownStem !== undefined && stem === ownStem && Number(index) < Number(ownIndex)
}
