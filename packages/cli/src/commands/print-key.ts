/** The idempotency key of one file: the given one, with the file's place when there are several. */
export function createdKey(
  key: string | undefined,
  file: string,
  files: readonly string[],
): { readonly idempotency_key?: string } {
  if (key === undefined) return {}
  return { idempotency_key: files.length === 1 ? key : `${key}/${files.indexOf(file) + 1}` }
}
