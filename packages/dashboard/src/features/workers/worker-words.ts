import type { WorkerView } from '@andon/core'
import type { Look } from '../../ui/state-badge.tsx'

/** How a worker's state looks. */
export function workerLook({ is_alive, is_draining, is_lost, running, waits_for }: WorkerView): Look {
  if (is_lost) return { word: 'Lost', icon: 'offline', tone: 'bad' }
  if (!is_alive) return { word: 'Stopped', icon: 'stop', tone: 'idle' }
  if (is_draining) return { word: running === 0 ? 'Drained' : 'Draining', icon: 'download', tone: 'warn' }
  if (waits_for !== null) {
    return { word: waits_for === 'cpu' ? 'Waits for CPU' : 'Waits for memory', icon: 'wait', tone: 'warn' }
  }
  return running > 0
    ? { word: 'Working', icon: 'activity', tone: 'run' }
    : { word: 'Idle', icon: 'checkCircle', tone: 'ok' }
}

/** What is behind a state that is not the usual one, and what to do; null for the usual ones. */
export function workerNote({ host, is_alive, is_draining, is_lost, running, waits_for }: WorkerView): string | null {
  if (is_lost) {
    return `It does not answer. What it held is taken up elsewhere. Look whether ${host} runs and reaches the database, then start the worker again.`
  }
  if (!is_alive) return null
  if (is_draining) {
    return running === 0
      ? 'It takes nothing new and has nothing left: it can be stopped.'
      : 'It finishes what it has and takes nothing new.'
  }
  if (waits_for === 'cpu')
    return 'The CPU of its machine is above the threshold: it starts nothing new until it is below.'
  return waits_for === 'memory' ? 'Its machine is short of memory: it starts nothing new until there is more.' : null
}

/** `512 MB`, `1.5 GB`. */
export function memoryWords(mb: number): string {
  return mb < 1_000 ? `${Math.round(mb)} MB` : `${(mb / 1_024).toFixed(1)} GB`
}

/** What kind of process it is. */
export const KIND_WORDS = { server: 'Server', worker: 'Worker', station: 'Station' } as const
