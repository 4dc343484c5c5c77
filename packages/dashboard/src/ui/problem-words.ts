import { type AndonError, isProblem } from '@andon/core'

/** What went wrong and what to do about it, as sentences. */
export function problemWords({ detail, hint }: Pick<AndonError, 'detail' | 'hint'>): string {
  return [detail, hint].map(sentence).filter(Boolean).join(' ')
}

/** The same of anything that was thrown. */
export function failureWords(error: unknown): string {
  return isProblem(error) ? problemWords(error) : String(error)
}

function sentence(text: string): string {
  const words = text.trim()
  return words === '' || /[.!?…]$/.test(words) ? words : `${words}.`
}
