// Apart from the catalogue of errors, which a page need not load to say what was caught.

/** What a caught thing says of itself: anything can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The code that a caught thing carries, such as `ENOENT` or an SQLSTATE; empty when it carries none. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}
