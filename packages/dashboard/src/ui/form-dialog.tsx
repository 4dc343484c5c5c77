import { type ReactNode, useId, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog, type DialogProps } from './dialog.tsx'
import type { IconName } from './icon.tsx'
import { failureWords } from './problem-words.ts'

export interface FormDialogProps extends Omit<DialogProps, 'isOpen' | 'footer'> {
  /** What its button does; Enter in a field does it as well. */
  readonly act: string
  readonly actIcon?: IconName
  /** What the button is called that does nothing; default "Leave as it is". */
  readonly leave?: string
  /** A button that does something else with what the form is about, such as removing it; stands apart from the others. */
  readonly instead?: ReactNode
  /** Whether enough was written; default true. */
  readonly isComplete?: boolean
  readonly isBusy?: boolean
  readonly onSubmit: () => void
  /** What was wrong, where it belongs to no field. */
  readonly refusal?: string | null
  readonly children: ReactNode
}

/** A window that asks for something before it is done. */
export function FormDialog({ act, actIcon, leave = 'Leave as it is', onSubmit, ...props }: FormDialogProps) {
  const { children, instead, isBusy = false, isComplete = true, refusal = null, ...dialog } = props
  const form = useId()
  return (
    <Dialog
      {...dialog}
      isOpen
      footer={
        <>
          {instead === undefined ? null : <span className="mr-auto">{instead}</span>}
          <Button onClick={dialog.onClose}>{leave}</Button>
          <Button
            look="primary"
            type="submit"
            form={form}
            isBusy={isBusy}
            disabled={!isComplete}
            {...(actIcon === undefined ? {} : { icon: actIcon })}
          >
            {act}
          </Button>
        </>
      }
    >
      <form
        id={form}
        // The server says what is wrong, in the words and at the place of all other refusals.
        noValidate
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          onSubmit()
        }}
      >
        {children}
        {refusal === null ? null : (
          <p role="alert" className="text-sm text-bad">
            {refusal}
          </p>
        )}
      </form>
    </Dialog>
  )
}

/** A request that a form makes. */
export interface Submission {
  readonly isBusy: boolean
  /** What the server had against it, in words; null when nothing, and from the next submission on. */
  readonly refusal: string | null
  /** Makes the request; does nothing while one is under way. */
  readonly submit: () => void
  /** To be said when something is written: what was refused is not there any more. */
  readonly forget: () => void
}

/** Makes a request when a form is submitted, and keeps why it was refused. */
export function useSubmission(request: () => Promise<void>): Submission {
  const [isBusy, setIsBusy] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)
  const submit = async () => {
    setRefusal(null)
    setIsBusy(true)
    try {
      await request()
    } catch (error) {
      setRefusal(failureWords(error))
    }
    setIsBusy(false)
  }
  return { isBusy, refusal, submit: () => void (isBusy ? undefined : submit()), forget: () => setRefusal(null) }
}

/** Several requests that one form may make. */
export interface Submissions {
  readonly isBusy: boolean
  readonly refusal: string | null
  /** Makes one of them. */
  readonly begin: (submission: Submission) => () => void
  /** What a field does when something is written in it. */
  readonly written: (keep: (text: string) => void) => (event: { readonly target: { readonly value: string } }) => void
}

/** What was held against one is there no more once another is made, or something is written. */
export function together(...submissions: readonly Submission[]): Submissions {
  const forget = () => {
    for (const each of submissions) each.forget()
  }
  return {
    isBusy: submissions.some(({ isBusy }) => isBusy),
    refusal: submissions.find(({ refusal }) => refusal !== null)?.refusal ?? null,
    begin: (submission) => () => {
      forget()
      submission.submit()
    },
    written: (keep) => (event) => {
      forget()
      keep(event.target.value)
    },
  }
}
