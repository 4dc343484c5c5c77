import { durationWords, type QueueView } from '@andon/core'
import { count } from '../../ui/format.ts'
import type { Look } from '../../ui/state-badge.tsx'

/** How a queue's state looks. */
export function queueLook({ is_draining, kind, pause, queued, running, waits }: QueueView): Look {
  if (pause !== null) return { word: 'Paused', icon: 'hand', tone: 'warn' }
  const worst = waits[0]?.reason
  if (worst === 'no_worker') return { word: 'Nobody works here', icon: 'alert', tone: 'bad' }
  if (is_draining) return { word: 'Draining', icon: 'download', tone: 'warn' }
  if (worst !== undefined && worst !== 'slots') return { word: 'Waits', icon: 'wait', tone: 'warn' }
  if (running > 0) return { word: kind === 'printer' ? 'Printing' : 'Running', icon: 'activity', tone: 'run' }
  return queued > 0 ? { word: 'Queued', icon: 'wait', tone: 'idle' } : { word: 'Idle', icon: 'checkCircle', tone: 'ok' }
}

/** Its limits as a sentence without a full stop. */
export function limitWords({ depth_limit, kind, rate_limit, rate_per_ms, slots }: QueueView): string {
  const words = [
    slots === null || kind === 'printer' ? '' : `at most ${count(slots)} at once`,
    rate_limit === null || rate_per_ms === null ? '' : `${count(rate_limit)} starts in ${durationWords(rate_per_ms)}`,
    depth_limit === null ? '' : `${count(depth_limit)} may wait`,
  ].filter(Boolean)
  return words.length === 0 ? 'No limits of its own' : words.join(' · ').replace(/^a/, 'A')
}
