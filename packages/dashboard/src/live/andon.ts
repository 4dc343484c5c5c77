import { Andon, JobCache } from '@andon/sdk'
import { QueryClient } from '@tanstack/react-query'

/**
 * The token in the address of a wall board, `/board#token=…`: a screen on which nobody signs in. It stands behind the
 * `#` since browsers send that part to nobody. Undefined on every other page.
 */
export const wallToken: string | undefined =
  location.pathname === '/board' ? (/^#token=([\w-]+)$/.exec(location.hash)?.[1] ?? undefined) : undefined

/** The client of the server that served this page; the session's cookie signs its requests, or the board's token. */
export const andon: Andon = new Andon({
  url: location.origin,
  ...(wallToken === undefined ? {} : { token: wallToken }),
})

/** Every job that any part of the page has seen, in its newest version: told to each row once a frame. */
export const jobCache: JobCache = new JobCache({ schedule: soon })

/** Answers of the server that are not jobs. What is on screen is kept fresh by the live stream, not by asking again. */
export const queries: QueryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: 5_000, retry: false, refetchOnWindowFocus: true } },
})

/** Hidden pages get no frames: they are served once a second. */
function soon(flush: () => void): void {
  if (document.hidden) setTimeout(flush, 1000)
  else requestAnimationFrame(() => flush())
}

/** Looks after the live stream when the page returns to sight or the machine is online again. Call once. */
export function wakeWithPage(): void {
  addEventListener('online', () => andon.live.wake())
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) andon.live.wake()
  })
}
