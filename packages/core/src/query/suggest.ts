/** Longest word that is compared; nobody mistypes a field of that length. */
const LENGTH_LIMIT = 40

/** The candidate that `word` was probably meant to be: at most two typing errors away, or begun with it. Else null. */
export function suggest(word: string, candidates: readonly string[]): string | null {
  const written = word.toLowerCase()
  if (written === '' || written.length > LENGTH_LIMIT) return null
  const allowed = written.length <= 3 ? 1 : 2
  let best: string | null = null
  let bestDistance = allowed + 1
  for (const candidate of candidates) {
    const distance = typingErrors(written, candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best ?? candidates.find((candidate) => written.length >= 2 && candidate.startsWith(written)) ?? null
}

/** Those of the candidates that look most like `word`, the closest first: up to a third of it may be other letters. */
export function closestTo(word: string, candidates: readonly string[], most = 5): string[] {
  const written = word.toLowerCase().slice(0, LENGTH_LIMIT)
  const allowed = Math.max(2, Math.ceil(written.length / 3))
  return candidates
    .map((candidate) => ({
      candidate,
      errors: typingErrors(written, candidate.toLowerCase().slice(0, LENGTH_LIMIT)),
    }))
    .filter(({ errors }) => errors <= allowed)
    .toSorted((one, other) => one.errors - other.errors)
    .slice(0, most)
    .map(({ candidate }) => candidate)
}

/** Letters to add, leave out, replace or swap with the next, to make one word of the other. */
function typingErrors(one: string, other: string): number {
  let previous: number[] = []
  let current = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row]
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1]
      const isSwapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      next[column] = Math.min(
        (next[column - 1] ?? 0) + 1,
        (current[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (previous[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    previous = current
    current = next
  }
  return current[other.length] ?? 0
}
