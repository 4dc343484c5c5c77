import { lazy, Suspense } from 'react'
import { External, useExternal } from '../live/external.ts'

/** A question before something is done that cannot be undone. */
export interface Question {
  readonly title: string
  /** What will be done, to how many, and what stays. */
  readonly lead: string
  /** The word on the button that does it: never "OK". */
  readonly act: string
  readonly isDangerous?: boolean
  /** Asks for a reason under this label; it may stay empty. */
  readonly reasonLabel?: string
}

/** `null` when the person thought better of it. */
export type Answer = { readonly reason: string } | null

export interface OpenQuestion extends Question {
  readonly answer: (answer: Answer) => void
}

const open = new External<OpenQuestion | null>(null)

/** Asks, and waits for the answer. */
export function ask(question: Question): Promise<Answer> {
  open.get()?.answer(null)
  return new Promise((resolve) => {
    open.set({
      ...question,
      answer: (answer) => {
        open.set(null)
        resolve(answer)
      },
    })
  })
}

const QuestionDialog = lazy(async () => ({ default: (await import('./question-dialog.tsx')).QuestionDialog }))

/** The place on the page where questions appear. */
export function QuestionHost() {
  const question = useExternal(open)
  if (question === null) return null
  return (
    <Suspense>
      <QuestionDialog question={question} />
    </Suspense>
  )
}
