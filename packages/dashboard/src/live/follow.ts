import type { LiveHandlers, LiveTopic } from '@andon/sdk'
import { andon } from './andon.ts'

/** How long the first load waits for the stream: what is loaded before it stands has to be loaded again. */
const PATIENCE_MS = 400

/**
 * Subscribes to a topic and has what was before it loaded: when the subscription stands, and also soon when the stream
 * does not come. Returns what ends it.
 */
export function follow(topic: LiveTopic, handlers: Omit<LiveHandlers, 'onLoad'>, load: () => void): () => void {
  const patience = setTimeout(load, PATIENCE_MS)
  const handle = andon.live.subscribe(topic, {
    ...handlers,
    onLoad: () => {
      clearTimeout(patience)
      load()
    },
  })
  return () => {
    clearTimeout(patience)
    handle.close()
  }
}
