import { UsageError } from '../exit.ts'
import type { Session } from '../session.ts'

/** Asks yes or no on the terminal; without one, `hint` says how to answer beforehand. */
export async function confirm(session: Session, question: string, hint: string): Promise<boolean> {
  const answer = await ask(session, `${question} [y/N] `, { hint })
  return /^y(es)?$/i.test(answer.trim())
}

/** Asks on the terminal. What is typed for a hidden question is not shown. */
export function ask(
  session: Session,
  question: string,
  options: { readonly hint: string; readonly isHidden?: boolean },
): Promise<string> {
  const { io } = session
  if (!io.stdin.isTerminal || !io.stderr.isTerminal) {
    throw new UsageError('There is no terminal to ask on.', options.hint)
  }
  return io.ask(question, options.isHidden === true ? 'hidden' : 'shown')
}
