/** Which jobs a rule is about; what is missing does not matter. */
export interface JobFilter {
  /** `*` stands for anything. */
  readonly type?: string
  readonly queue?: string
  /** `key`, or `key=value`. */
  readonly tag?: string
}

/** What of a job decides whether a rule is about it. */
export interface FilteredJob {
  readonly type: string
  readonly queue: string
  readonly tags: Readonly<Record<string, string>> | null
}

/** Whether a rule is about such jobs. */
export function isAbout(filter: JobFilter, job: FilteredJob): boolean {
  return (
    (filter.type === undefined || matchesPattern(filter.type, job.type)) &&
    (filter.queue === undefined || filter.queue === job.queue) &&
    (filter.tag === undefined || hasTag(filter.tag, job.tags ?? {}))
  )
}

/** Whether a word fits a pattern in which `*` stands for anything. Linear: each piece is taken at its first place. */
export function matchesPattern(pattern: string, word: string): boolean {
  const [head = '', ...pieces] = pattern.split('*')
  const tail = pieces.pop()
  if (tail === undefined) return pattern === word
  if (!word.startsWith(head)) return false
  let place = head.length
  for (const piece of pieces) {
    const found = word.indexOf(piece, place)
    if (found < 0) return false
    place = found + piece.length
  }
  return word.length - tail.length >= place && word.endsWith(tail)
}

function hasTag(wanted: string, tags: Readonly<Record<string, string>>): boolean {
  const equals = wanted.indexOf('=')
  const key = equals < 0 ? wanted : wanted.slice(0, equals)
  return Object.hasOwn(tags, key) && (equals < 0 || tags[key] === wanted.slice(equals + 1))
}
