import { isProblem, type SchedulePreview, type ScheduleView } from '@andon/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { andon, queries } from '../../live/andon.ts'
import { problemWords } from '../../ui/problem-words.ts'
import type { Look } from '../../ui/state-badge.tsx'

const KEY = ['schedules']
/** No topic of the stream tells of schedules; a run is on the page as soon as its job is in the list. */
const REFRESH_MS = 2_000
/** What is typed without a pause is asked about once. */
const TYPING_MS = 200

/** All schedules by name; undefined until they were read once. */
export function useSchedules(): readonly ScheduleView[] | undefined {
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => andon.schedules.list({ signal }),
    refetchInterval: REFRESH_MS,
  }).data
}

/** Reads them anew after one was changed here. */
export async function reloadSchedules(): Promise<void> {
  await queries.invalidateQueries({ queryKey: KEY })
}

/** With the zone that was asked about: what is being written may be none yet. */
interface ShownPreview extends SchedulePreview {
  readonly timeZone: string
}

/** What an expression means as far as it is written: its words and next runs, or what is wrong with it. */
export interface Preview {
  readonly shown: ShownPreview | undefined
  /** Of the expression and of the zone; null while there is nothing against them. */
  readonly cronError: string | null
  readonly zoneError: string | null
}

/** Asks the server while somebody writes, so that what is shown is what will run. */
export function usePreview(cron: string, timeZone: string): Preview {
  const asked = useSettled(`${cron.trim()}\n${timeZone.trim()}`)
  const [expression = '', zone = ''] = asked.split('\n')
  const { data, error } = useQuery({
    queryKey: ['schedule-preview', expression, zone],
    enabled: expression !== '' && zone !== '',
    queryFn: async ({ signal }): Promise<ShownPreview> => ({
      ...(await andon.schedules.preview(expression, { timeZone: zone, signal })),
      timeZone: zone,
    }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })
  const isOfZone = isProblem(error) && error.field === '/time_zone'
  const words =
    error === null
      ? null
      : isProblem(error)
        ? problemWords({ detail: error.detail, hint: allowedOf(error.allowed) })
        : String(error)
  return {
    shown: error === null && expression !== '' ? data : undefined,
    cronError: isOfZone ? null : words,
    zoneError: isOfZone ? words : null,
  }
}

function allowedOf(allowed: string | readonly string[] | null): string {
  return typeof allowed === 'string' ? `Write ${allowed}.` : ''
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), TYPING_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

/** How a schedule's state looks. */
export function scheduleLook({ next_runs, pause, trouble }: ScheduleView): Look {
  if (pause !== null) return { word: 'Paused', icon: 'hand', tone: 'warn' }
  if (trouble !== null) return { word: 'In trouble', icon: 'alert', tone: 'bad' }
  if (next_runs.length === 0) return { word: 'Over', icon: 'stop', tone: 'idle' }
  return { word: 'Active', icon: 'checkCircle', tone: 'ok' }
}

/** A run in the schedule's own zone: `Mon 23 Nov, 06:00`. */
export function runTime(at: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    ...(at.endsWith(':00.000Z') ? {} : { second: '2-digit' }),
  }).format(new Date(at))
}
