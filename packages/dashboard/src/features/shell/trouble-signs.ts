import { useEffect } from 'react'
import { useStats } from '../../live/board.ts'
import { count } from '../../ui/format.ts'
import { useAttention, useStackLight } from '../overview/attention.ts'

const ICONS = { ok: '/favicon.svg', warn: '/favicon-warning.svg', bad: '/favicon-trouble.svg' } as const

/** Shows in the browser's tab what needs somebody and what runs, for those who look elsewhere. */
export function useTroubleSigns(): void {
  const light = useStackLight() ?? 'ok'
  const needs = useAttention()?.length ?? 0
  const stats = useStats()
  const running = stats?.by_state['running'] ?? 0
  const queued = stats?.by_state['queued'] ?? 0

  useEffect(() => {
    document.querySelector('#favicon')?.setAttribute('href', ICONS[light])
  }, [light])

  useEffect(() => {
    const trouble = needs > 0 ? `(${count(needs)}!) ` : ''
    document.title =
      stats === undefined ? 'Andon' : `${trouble}${count(running)} running · ${count(queued)} queued – Andon`
  }, [needs, running, queued, stats])
}
