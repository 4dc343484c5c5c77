import { copyFile, stat, truncate } from 'node:fs/promises'

/** Two files of this size at most: the current one and the one before it. */
const MAX_LOG_BYTES = 10 * 1024 * 1024

/**
 * Keeps the server's log bounded. The file is copied and cut, not renamed: the server holds it open for appending, so
 * it goes on at the new end, also when it outlived the process that started it.
 */
export async function boundLog(path: string, maxBytes = MAX_LOG_BYTES): Promise<void> {
  const size = await stat(path).then(
    (facts) => facts.size,
    () => 0,
  )
  if (size <= maxBytes) return
  await copyFile(path, `${path}.1`)
  await truncate(path, 0)
}
