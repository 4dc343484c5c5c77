import type { AlertView, JobState, NotificationView, RuleView } from '@andon/core'
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { andon } from '../../live/andon.ts'
import { type Look, STATE_LOOKS } from '../../ui/state-badge.tsx'

/** Open alerts that one page shows; with more, the worst trouble is not their number. */
const OPEN_LIMIT = 200
const OVER_LIMIT = 50
const MESSAGES_LIMIT = 50
/** A message that is on its way is looked at so often: its job is no alert, so that the stream does not tell of it. */
const DELIVERY_MS = 1_500
/** Words such as how long a queue waits change without an event. */
const REFRESH_MS = 30_000

/** Everything that is open, newest first. */
export function useOpenAlerts(): UseQueryResult<readonly AlertView[]> {
  return useQuery({
    queryKey: ['alerts', 'open'],
    queryFn: async ({ signal }) => (await andon.alerts.list({ open: true, limit: OPEN_LIMIT, signal })).data,
    refetchInterval: REFRESH_MS,
  })
}

/** The newest of those that are over; asked for only while somebody looks. */
export function useOverAlerts(isWanted: boolean): readonly AlertView[] | undefined {
  const { data } = useQuery({
    queryKey: ['alerts', 'over'],
    enabled: isWanted,
    queryFn: async ({ signal }) => {
      const { data: all } = await andon.alerts.list({ limit: OPEN_LIMIT + OVER_LIMIT, signal })
      return all.filter(({ closed_at }) => closed_at !== null).slice(0, OVER_LIMIT)
    },
  })
  return data
}

/** All rules by name. */
export function useRules(): readonly RuleView[] | undefined {
  const { data } = useQuery({ queryKey: ['alerts', 'rules'], queryFn: ({ signal }) => andon.rules.list({ signal }) })
  return data
}

/** What was told, newest first; live while something is on its way. */
export function useMessages(): readonly NotificationView[] | undefined {
  const { data } = useQuery({
    queryKey: ['alerts', 'messages'],
    queryFn: async ({ signal }) => (await andon.notifications.list({ limit: MESSAGES_LIMIT, signal })).data,
    refetchInterval: ({ state }) => (state.data?.some(({ state: at }) => isOnItsWay(at)) ? DELIVERY_MS : REFRESH_MS),
  })
  return data
}

/** Whether a delivery has not ended. */
export function isOnItsWay(state: JobState | null): boolean {
  return state === 'pending' || state === 'queued' || state === 'sent' || state === 'running'
}

/** How an alert looks. */
export function alertLook({ closed_at, level }: AlertView): Look {
  if (closed_at !== null) return { word: 'Over', icon: 'checkCircle', tone: 'idle' }
  if (level === 'error') return { word: 'Trouble', icon: 'alert', tone: 'bad' }
  if (level === 'warning') return { word: 'Warning', icon: 'alert', tone: 'warn' }
  return { word: 'Done', icon: 'checkCircle', tone: 'ok' }
}

/** How a message's way looks: delivered, on its way, put off, refused. */
export function messageLook(state: JobState | null, hasError: boolean): Look {
  switch (state) {
    case null:
      return { word: 'Not kept', icon: 'clock', tone: 'idle' }
    case 'completed':
      return { word: 'Delivered', icon: 'checkCircle', tone: 'ok' }
    case 'completed_with_errors':
      return { word: 'Partly delivered', icon: 'half', tone: 'warn' }
    case 'failed':
      return { word: 'Not delivered', icon: 'xCircle', tone: 'bad' }
    case 'cancelled':
      return STATE_LOOKS.cancelled
    case 'pending':
      return { word: hasError ? 'Is tried again' : 'On its way', icon: 'clock', tone: hasError ? 'warn' : 'run' }
    case 'sent':
    case 'queued':
    case 'running':
      return { word: 'On its way', icon: 'send', tone: 'run' }
  }
}

/** Channels, as people call them. */
export const CHANNEL_WORDS = {
  email: 'Mail',
  webhook: 'Webhook',
  slack: 'Slack',
  teams: 'Teams',
} as const satisfies Record<NotificationView['channel'], string>

/** When a rule is silent, as one line. */
export function quietWords({ hours, minutes }: RuleView['quiet']): string {
  const again = minutes === 0 ? 'Tells each time' : `The same again after ${minutes} min`
  return hours === null ? again : `${again}, silent ${hours.from}–${hours.to} (${hours.zone})`
}
