import { durationWords, relativeTime } from '@andon/core'
import { usePreferences } from '../features/preferences/preferences.ts'
import { useNow } from '../live/clock.ts'
import { exactTime, secondsWords } from './format.ts'

/** A time as people say it; the exact one on hover. Null shows a dash. */
export function TimeAgo({ at }: { readonly at: string | null }) {
  const now = useNow()
  const { zone } = usePreferences()
  if (at === null) return <span className="text-muted">–</span>
  return (
    <time dateTime={at} title={exactTime(at, zone)} className="num whitespace-nowrap">
      {relativeTime(Date.parse(at), now)}
    </time>
  )
}

/** How long something takes: from a time until another, or until now while that is null. */
export function Lasting({ from, to }: { readonly from: string | null; readonly to: string | null }) {
  return to === null ? (
    <LastingStill from={from} />
  ) : (
    <span className="num whitespace-nowrap">{words(from, Date.parse(to))}</span>
  )
}

function LastingStill({ from }: { readonly from: string | null }) {
  const now = useNow()
  return (
    <span className="num whitespace-nowrap">
      {from === null ? '–' : secondsWords(Math.max(0, now - Date.parse(from)))}
    </span>
  )
}

function words(from: string | null, toMs: number): string {
  return from === null ? '–' : durationWords(Math.max(0, Math.round((toMs - Date.parse(from)) / 100) * 100))
}
