import { andon } from '../../live/andon.ts'
import { useLiveStatus, useStats } from '../../live/board.ts'
import { useNow } from '../../live/clock.ts'
import { plural, secondsWords } from '../../ui/format.ts'
import { useAttention, useStackLight } from './attention.ts'

const TONES = { ok: 'text-ok', warn: 'text-warn', bad: 'text-bad' } as const

/** How the shop is, in one sentence; said to screen readers when it changes. What is old is never called well. */
export function Headline() {
  const light = useStackLight()
  const { state } = useLiveStatus()
  const sentence = useSentence()
  if (state === 'stale') return <StaleHeadline />
  return (
    <h1
      aria-live="polite"
      className={`text-2xl sm:text-[1.75rem] ${light === undefined ? 'text-muted' : TONES[light]}`}
    >
      {sentence}
    </h1>
  )
}

function StaleHeadline() {
  const ageMs = andon.live.ageMs(useNow()) ?? 0
  return (
    <h1 className="num text-2xl text-bad sm:text-[1.75rem]">The server is away: this is {secondsWords(ageMs)} old</h1>
  )
}

function useSentence(): string {
  const needs = useAttention()
  const stats = useStats()
  if (needs === undefined) return 'Looking at the shop …'
  if (needs.length > 0) return `${plural(needs.length, 'thing needs', 'things need')} you`
  const running = stats?.by_state['running'] ?? 0
  return running > 0 ? 'All is well, and work is running' : 'All is well'
}
