// Runs in a worker of the page: its timers keep their pace while nobody looks at the page.
import { type PageOrder, PageStation } from '@andon/station/browser'

let station: PageStation | null = null
let turn: Promise<void> = Promise.resolve()

/** An order begins once the one before it has ended; null only ends it. */
addEventListener('message', ({ data }: MessageEvent<PageOrder | null>) => {
  turn = turn.then(async () => {
    await station?.stop()
    station = data === null ? null : new PageStation(data, (state) => postMessage(state))
    station?.start()
  })
})
