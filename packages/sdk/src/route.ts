/** Values of a query string; undefined ones are left out. */
export type QueryValues = Readonly<Record<string, boolean | number | string | undefined>>

/** Builds a path whose inserted values are escaped: a printer may be called `Label 1/2`. */
export function route(strings: TemplateStringsArray, ...values: readonly (number | string)[]): string {
  return strings.reduce((path, text, index) => path + encodeURIComponent(values[index - 1] ?? '') + text)
}

/** The path with its query string; the path alone when no value is set. */
export function withQuery(path: string, values: QueryValues = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) query.set(name, String(value))
  }
  const text = query.toString()
  return text === '' ? path : `${path}?${text}`
}
