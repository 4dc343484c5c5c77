/** One page of a list: what `pageOf` of the wire says, for any row. */
export interface Page<T> {
  readonly data: readonly T[] | T[]
  /** Null on the last page. */
  readonly next_cursor: string | null
}

/** What every list takes. */
export interface ListOptions {
  /** `next_cursor` of the page before; good only for the same query. */
  readonly cursor?: string | undefined
  /** Rows of a page, 1 to 500; 50. */
  readonly limit?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Every row of a list, page after page; stops asking when the reader stops. */
export async function* eachRow<T>(
  load: (cursor: string | undefined) => Promise<Page<T>>,
  from?: string,
): AsyncGenerator<T, void, undefined> {
  let cursor = from
  while (true) {
    const page = await load(cursor)
    yield* page.data
    if (page.next_cursor === null) return
    cursor = page.next_cursor
  }
}
