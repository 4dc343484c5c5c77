// The process of one isolated attempt.
import { Worker as Thread } from 'node:worker_threads'
import { servePart } from './serve-part.ts'

// Without its worker nobody hears what it does: it must not go on.
process.once('disconnect', () => process.exit(1))
// A handler that never waits does not hear of it: another thread looks.
new Thread(new URL('./orphan-watch.ts', import.meta.url), { workerData: process.ppid }).unref()
servePart({
  send: (message, sent) => process.send?.(message, undefined, undefined, sent),
  listen: (listener) => process.on('message', listener),
  end: () => process.exit(0),
})
