const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Resolves when the process is asked to end. Asked a second time, it ends at once: somebody who presses Ctrl-C twice
 * does not want to wait.
 */
export function untilStopped(): Promise<void> {
  const asked = Promise.withResolvers<void>()
  let isAsked = false
  const onSignal = (): void => {
    if (isAsked) process.exit(130)
    isAsked = true
    process.stderr.write('Stopping …\n')
    asked.resolve()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  outliveReaders()
  return asked.promise
}

/** Who reads the output may go away first; what is printing goes on without being read. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
}
