/** Which jobs a reader may see: all, or those of one account together with all print jobs (types `print.*`). */
export type Visibility = { readonly all: true } | { readonly accountId: number }

/** Whether the reader may see every job. */
export function mayReadAll(visible: Visibility): visible is { readonly all: true } {
  return 'all' in visible
}
