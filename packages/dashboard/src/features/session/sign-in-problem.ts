import { CLIENT_ERRORS, SIGN_IN_ERRORS } from '@andon/core'
import { problemWords } from '../../ui/problem-words.ts'

const KNOWN: Readonly<Record<string, { readonly title: string; readonly hint: string }>> = {
  ...CLIENT_ERRORS,
  ...SIGN_IN_ERRORS,
}

/** What came of a way through the provider, by the code in the address. Those are anybody's to write: only known words are shown. */
export function signInProblem(code: string): string {
  const known = Object.hasOwn(KNOWN, code) ? KNOWN[code] : undefined
  if (known === undefined) return 'The sign-in did not work. Try again.'
  return problemWords({ detail: known.title, hint: known.hint })
}
