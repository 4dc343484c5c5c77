import { fileURLToPath } from 'node:url'

/** Where the built dashboard lies; the server says what to do when it is not there. */
export function dashboardFolder(): string {
  return fileURLToPath(new URL('../../../dashboard/dist', import.meta.url))
}
