// A thread beside a handler: ends the handler's processes when their worker has gone, however busy the handler is.
import { workerData } from 'node:worker_threads'

const LOOK_MS = 1_000
const parentPid: unknown = workerData

setInterval(() => {
  if (process.ppid !== parentPid) process.kill(-process.pid, 'SIGKILL')
}, LOOK_MS)
