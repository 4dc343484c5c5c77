import { useNow } from '../../live/clock.ts'
import { andon } from '../../live/andon.ts'
import { useLiveStatus } from '../../live/board.ts'
import { secondsWords } from '../../ui/format.ts'
import { Icon, type IconName } from '../../ui/icon.tsx'

interface PillLook {
  readonly word: string
  readonly icon: IconName
  readonly tone: string
  readonly title: string
}

/** How old what is on screen is: Live, Reconnecting, or Stale with its age. */
export function LivePill() {
  const look = useLook()
  return (
    <button
      type="button"
      onClick={() => andon.live.wake()}
      title={look.title}
      className={`inline-flex min-h-11 items-center rounded-full text-[0.8125rem] font-medium`}
    >
      <span className={`inline-flex items-center gap-1.5 rounded-full px-2.5 py-1 ${look.tone}`}>
        {look.word === 'Live' ? (
          <span aria-hidden="true" className="mx-1 size-2 rounded-full bg-ok-solid" />
        ) : (
          <Icon name={look.icon} size={15} />
        )}
        <span className="num" role="status">
          {look.word}
        </span>
      </span>
    </button>
  )
}

function useLook(): PillLook {
  const { state, problem } = useLiveStatus()
  const now = useNow()
  if (state === 'live') {
    return { word: 'Live', icon: 'check', tone: 'bg-ok-soft text-ok', title: 'What you see is at most a second old' }
  }
  if (state === 'stale') {
    const age = secondsWords(andon.live.ageMs(now) ?? 0)
    const why = problem === null ? '' : `: ${problem.detail}`
    return { word: `Stale ${age}`, icon: 'offline', tone: 'bg-bad-soft text-bad', title: `Press to try again${why}` }
  }
  const word = state === 'reconnecting' ? 'Reconnecting' : 'Connecting'
  return { word, icon: 'refresh', tone: 'bg-warn-soft text-warn', title: 'Press to try again at once' }
}
