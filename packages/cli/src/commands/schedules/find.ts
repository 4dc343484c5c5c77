import type { ScheduleView } from '@andon/core'
import { clientProblem } from '@andon/core/base'
import type { Andon } from '@andon/sdk'

/** A schedule by its name, or by its id when none is called so. */
export async function findSchedule(andon: Andon, written: string): Promise<ScheduleView> {
  const all = await andon.schedules.list()
  const found = all.find(({ name }) => name === written) ?? all.find(({ id }) => String(id) === written)
  if (found !== undefined) return found
  // The server says it in the words of its catalogue.
  if (/^\d{1,9}$/.test(written)) return andon.schedules.get(Number(written))
  throw clientProblem('not_found', { detail: `There is no schedule "${written}". See them with: andon schedules list` })
}
