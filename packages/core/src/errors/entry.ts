/** What the catalogue knows about an error code before anything has happened. */
export interface ErrorEntry {
  /** HTTP status; null where the code only ever ends a job and never answers a request. */
  readonly status: number | null
  /** One short sentence that stays the same at every occurrence (RFC 9457 `title`). */
  readonly title: string
  /** What the person who sees it should do next. */
  readonly hint: string
  /** Whether the same attempt or request can succeed later without anybody changing it. */
  readonly retryable: boolean
}
