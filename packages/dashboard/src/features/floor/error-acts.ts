import { isProblem, type ProcessingError } from '@andon/core'
import { andon } from '../../live/andon.ts'
import { askFloorAgain } from '../../live/floor.ts'
import { ask } from '../../ui/ask.tsx'
import { plural } from '../../ui/format.ts'
import { notify, tried } from '../../ui/notify.ts'

/** Whose errors; null: of both. */
export type ErrorSource = ProcessingError['source_type'] | null

/** So many are dismissed at once. */
const AT_ONCE = 4

/** Has one tried again by a pass that begins now. */
export async function retryOne(error: ProcessingError): Promise<void> {
  await retry([error.error_id])
}

/** Has all of a source tried again. */
export async function retryAll(source: ErrorSource): Promise<void> {
  if (source === null) return retry(undefined)
  const ids = await tried(() => idsOf(source))
  if (ids !== null && ids.length > 0) await retry(ids)
}

/** The server takes so many by name. */
const NAMED_AT_ONCE = 1000

async function retry(ids: readonly string[] | undefined): Promise<void> {
  const count = await tried(async () => {
    if (ids === undefined) return andon.floor.retryErrors()
    let sum = 0
    for (let at = 0; at < ids.length; at += NAMED_AT_ONCE) {
      sum += await andon.floor.retryErrors(ids.slice(at, at + NAMED_AT_ONCE))
    }
    return sum
  })
  await askFloorAgain()
  if (count === null) return
  const text = 'What is mended leaves the list; what is not stays, with one more try.'
  void notify({ level: 'info', title: `${plural(count, 'is', 'are')} tried again now`, text })
}

/** Puts one away. */
export async function dismissOne(error: ProcessingError): Promise<void> {
  const name = error.subject ?? error.source_id
  const answer = await ask({
    title: `Dismiss ${name}?`,
    lead: `It is not tried again, and changes no job. The ${wordOf(error.source_type)} itself stays in the shop's database.`,
    act: 'Dismiss it',
    isDangerous: true,
  })
  if (answer === null) return
  await tried(() => andon.floor.dismissError(error.error_id))
  await askFloorAgain()
}

/** Asks once, then puts all of a source away. */
export async function dismissAll(source: ErrorSource): Promise<void> {
  const ids = await tried(() => idsOf(source))
  if (ids === null || ids.length === 0) return
  const words = plural(ids.length, source === null ? 'record or scan' : wordOf(source), wordsOf(source))
  const answer = await ask({
    title: `Dismiss ${words}?`,
    lead: "They are not tried again, and change no job. The records and scans themselves stay in the shop's database.",
    act: `Dismiss ${ids.length}`,
    isDangerous: true,
  })
  if (answer === null) return
  const refused = await dismissEach(ids)
  await askFloorAgain()
  const title = `${ids.length - refused} dismissed${refused === 0 ? '' : `, ${refused} were gone already`}`
  void notify({ level: 'success', title })
}

/** How many were not there any more. */
async function dismissEach(ids: readonly string[]): Promise<number> {
  const waiting = [...ids]
  let refused = 0
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      try {
        await andon.floor.dismissError(id)
      } catch (error) {
        if (!isProblem(error, 'floor_error_not_found')) throw error
        refused += 1
      }
    }
  }
  await tried(() => Promise.all(Array.from({ length: AT_ONCE }, work)))
  return refused
}

async function idsOf(source: ErrorSource): Promise<readonly string[]> {
  const ids: string[] = []
  const wanted = { limit: 500, ...(source === null ? {} : { source }) }
  for await (const error of andon.floor.eachError(wanted)) ids.push(error.error_id)
  return ids
}

function wordOf(source: ProcessingError['source_type']): string {
  return source === 'scanner' ? 'scan' : 'press record'
}

function wordsOf(source: ErrorSource): string {
  return source === null ? 'records and scans' : `${wordOf(source)}s`
}
