import type { LiveToast } from '@andon/sdk'
import { Outlet, useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { notifyOutside } from '../features/shell/browser-notices.ts'
import { useTroubleSigns } from '../features/shell/trouble-signs.ts'
import { useIsAtLeast } from '../features/session/session.ts'
import { followAlerts } from '../live/alerts.ts'
import { followBoard, useLiveStatus } from '../live/board.ts'
import { notify } from '../ui/notify.ts'

/** Everything for people who are signed in: the live counters, toasts, and the signs in the browser's tab. */
export function Inside() {
  const navigate = useNavigate()
  useEffect(() => {
    const tell = (toast: LiveToast) => {
      const { job_id: jobId, printer } = toast
      const open =
        jobId !== undefined
          ? () => void navigate({ to: '/jobs/$jobId', params: { jobId } })
          : printer !== undefined
            ? () => void navigate({ to: '/printers/$name', params: { name: printer } })
            : undefined
      const action = open === undefined ? {} : { action: { label: 'Open', onPick: open } }
      const { level, title, text } = toast
      void notify({ level, title, text, ...action })
      const about = jobId ?? printer
      notifyOutside({
        title,
        text,
        ...(about === undefined ? {} : { about }),
        ...(open === undefined ? {} : { onPick: open }),
      })
    }
    return followBoard(tell)
  }, [navigate])
  const mayHearAlerts = useIsAtLeast('operator')
  useEffect(() => (mayHearAlerts ? followAlerts() : undefined), [mayHearAlerts])
  useTroubleSigns()
  useLeaveWhenSignedOut()
  return <Outlet />
}

function useLeaveWhenSignedOut(): void {
  const navigate = useNavigate()
  const { state } = useLiveStatus()
  useEffect(() => {
    if (state !== 'signed_out') return
    const next = location.pathname + location.search
    void navigate({ to: '/sign-in', search: { next }, replace: true })
  }, [state, navigate])
}
