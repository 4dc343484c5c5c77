import { problem } from '@andon/core'

/**
 * How file names are taken apart: a regular expression that means the same in PostgreSQL and here, whose first group is
 * the version and whose second is the job. Names in which `job` occurs more than once name several jobs.
 */
export interface FilePattern {
  readonly source: string
  /** Finds the part that names a job: the second group with what leads up to it. */
  readonly job: string
}

/** `FILE_<version>_Labex_<job>_<rest>`. */
export const DEFAULT_FILE_PATTERN: FilePattern = {
  source: '^FILE_([^_]+)_Labex_([0-9]+_[0-9]+)(?:_|$)',
  job: '_Labex_[0-9]+_[0-9]+',
}

/** The form of a pattern here that reads as PostgreSQL does: by characters, and with line ends among all of them. */
export function expression(source: string, flags = ''): RegExp {
  return new RegExp(source, `su${flags}`)
}

/**
 * A shop's own pattern, in which the group of the job is led up to by the text that stands right before it. What is
 * refused either takes very long on names that are made for it or means something else in PostgreSQL; what is left can
 * match a name in one way only.
 *
 * @throws validation_failed when it is no expression, has not two groups, or could be read in several ways
 */
export function filePattern(source: string): FilePattern {
  const detail = troubleWith(source)
  const groups = [...source.matchAll(/(?:(?<=[^\\])|^)\((?!\?)/g)]
  const second = groups[1]
  if (detail !== null || groups.length !== 2 || second === undefined) {
    throw problem('validation_failed', {
      field: 'file_pattern',
      detail: detail ?? 'It needs two groups: version, then job.',
      allowed: DEFAULT_FILE_PATTERN.source,
    })
  }
  const end = source.indexOf(')', second.index)
  const lead = source.slice(0, second.index).replace(/^.*[^A-Za-z0-9_-]/su, '')
  return { source, job: lead + source.slice(second.index + 1, end) }
}

const CLASS = String.raw`\[\^?\]?[^\]]*\]`
const ATOM = new RegExp(String.raw`^(?:${CLASS}|\\.|[^\\()[\]{}|*+?^$])`, 'su')
const REPETITION = new RegExp(String.raw`(${CLASS}|\\.|[^\\()[\]{}|*+?^$])(?:[*+?]|\{\d+,\d*\})`, 'gsu')
/** Plain texts of which one must stand there. */
const CHOICE = /\(\?:([^()[\]\\*+?{}^]*)\)/g

function troubleWith(source: string): string | null {
  if (source.length > 200) return 'The pattern has more than 200 characters.'
  if (!isExpression(source)) return 'It is no regular expression.'
  if (/\(\?(?!:)/.test(source)) return 'Of groups only ( and (?: are taken.'
  if (/\\[A-Za-z0-9]/.test(source) || /\[[:.=]/.test(source))
    return 'Write classes out, such as [0-9]; there are no back references.'
  if (/(?<!\\)\)[*+?{]/.test(source)) return 'A group may neither be repeated nor left out.'
  if (/[*+?}][?+]/.test(source)) return 'A repetition takes as much as it can.'
  if (!hasPlainChoices(source)) return 'A choice is between plain texts that begin differently, such as (?:_|-|$).'
  const unclear = [...source.matchAll(REPETITION)].find((match) => !isEndedByWhatFollows(source, match))
  return unclear === undefined
    ? null
    : `What follows ${unclear[0]} must be there, and be nothing that ${unclear[1]} matches.`
}

function isExpression(source: string): boolean {
  try {
    return expression(source) instanceof RegExp
  } catch {
    return false
  }
}

function hasPlainChoices(source: string): boolean {
  const choices = [...source.matchAll(CHOICE)].map(([choice]) => firstsOf(choice))
  const rest = source.replaceAll(CHOICE, '').replaceAll(new RegExp(CLASS, 'gsu'), '').replaceAll(/\\./gsu, '')
  return (
    !rest.includes('|') && choices.every((firsts) => new Set(firsts).size === firsts.length && !firsts.includes(''))
  )
}

/** First characters of the texts of a choice, which stands between `(?:` and `)`. */
function firstsOf(choice: string): string[] {
  return choice
    .slice(3, -1)
    .split('|')
    .map((text) => text.replace(/^(.).*$/su, '$1'))
}

function isEndedByWhatFollows(source: string, match: RegExpExecArray): boolean {
  const [whole, repeated = ''] = match
  const rest = source.slice(match.index + whole.length).replace(/^\)+/, '')
  const choice = /^\(\?:([^()[\]\\*+?{}^]*)\)/.exec(rest)
  if (choice !== null) {
    return firstsOf(choice[0]).every((first) => first === '$' || !overlap(repeated, escaped(first)))
  }
  const next = rest.replace(/^\(/, '')
  if (next === '' || next.startsWith('$')) return true
  const atom = ATOM.exec(next)?.[0]
  if (atom === undefined || /^(?:[*?]|\{0)/.test(next.slice(atom.length))) return false
  return !overlap(repeated, atom)
}

/** Whether a character matches both. Names of files seldom go beyond these. */
function overlap(one: string, other: string): boolean {
  const [first, second] = [expression(`^${one}$`), expression(`^${other}$`)]
  return CHARACTERS.some((character) => first.test(character) && second.test(character))
}

const CHARACTERS = Array.from({ length: 0x24f }, (_, code) => String.fromCodePoint(code))

function escaped(character: string): string {
  return character.replace(/[/^$\\.*+?()[\]{}|]/, String.raw`\$&`)
}
