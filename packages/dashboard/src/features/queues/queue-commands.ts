import type { PauseRequest, QueueLimits, QueueView } from '@andon/core'
import { andon } from '../../live/andon.ts'
import { tellQueues } from '../../live/queues.ts'
import { ask } from '../../ui/ask.tsx'
import { plural } from '../../ui/format.ts'
import { notify, tried } from '../../ui/notify.ts'

/** Starts nothing new there; can be undone. Whether it is paused. */
export async function pauseQueue(queue: QueueView, request: PauseRequest): Promise<boolean> {
  const changed = await tried(() => andon.queues.pause(queue, request))
  if (changed === null) return false
  tellQueues([changed])
  const undo = { label: 'Undo', onPick: () => void resumeQueue(queue) }
  void notify({ level: 'info', title: `${queue.name} is paused`, text: waitWords(changed), action: undo })
  return true
}

/** Lets it go on. */
export async function resumeQueue(queue: QueueView): Promise<void> {
  const changed = await tried(() => andon.queues.resume(queue))
  if (changed === null) return
  tellQueues([changed])
  void notify({ level: 'success', title: `${queue.name} goes on` })
}

/** Has it take no new jobs after asking, or take them again. */
export async function drainQueue(queue: QueueView, isDraining: boolean): Promise<void> {
  if (isDraining) {
    const answer = await ask({
      title: `Drain ${queue.name}?`,
      lead: `It refuses new jobs until you undo this. ${doneWords(queue)}`,
      act: 'Drain',
    })
    if (answer === null) return
  }
  const changed = await tried(() => andon.queues.drain(queue, { is_draining: isDraining }))
  if (changed === null) return
  tellQueues([changed])
  const title = isDraining ? `${queue.name} drains` : `${queue.name} takes jobs again`
  const undo = { label: 'Undo', onPick: () => void drainQueue(changed, false) }
  void notify({ level: isDraining ? 'info' : 'success', title, ...(isDraining ? { action: undo } : {}) })
}

/** Rejects with what the server has against the limits. */
export async function limitQueue(queue: QueueView, limits: QueueLimits): Promise<void> {
  tellQueues([await andon.queues.setLimits(queue, limits)])
  void notify({ level: 'success', title: `Limits of ${queue.name} are set` })
}

function waitWords({ pending, queued }: QueueView): string {
  const waiting = pending + queued
  return waiting === 0 ? 'No job waits.' : `${plural(waiting, 'job waits', 'jobs wait')} until it goes on.`
}

function doneWords({ pending, queued, running }: QueueView): string {
  const there = pending + queued + running
  return there === 0 ? 'Nothing waits in it.' : `${plural(there, 'job that is', 'jobs that are')} there are still done.`
}
