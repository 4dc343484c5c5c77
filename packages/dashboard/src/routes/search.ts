/** Values of an address: always texts, so that a link that looks like a number stays what it is. */
export type SearchValues = Readonly<Record<string, unknown>>

/** Reads `?q=state:failed` as it is written, without a guess at types. */
export function readSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search))
}

/** Writes it so that people can read it: colons, commas and stars need no escape there. */
export function writeSearch(values: SearchValues): string {
  const pairs = Object.entries(values).filter(([, value]) => typeof value === 'string' && value !== '')
  const written = pairs.map(([key, value]) => `${encodeURIComponent(key)}=${readable(String(value))}`)
  return written.length === 0 ? '' : `?${written.join('&')}`
}

/** The member of that name when it is a text with something in it. */
export function text<K extends string>(values: SearchValues, key: K): { [key in K]?: string } {
  const value = values[key]
  const found: { [key in K]?: string } = {}
  if (typeof value === 'string' && value !== '') found[key] = value
  return found
}

function readable(value: string): string {
  return encodeURIComponent(value).replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%2F/g, '/').replace(/%20/g, '+')
}
