import { useRef, useState } from 'react'
import type { OpenQuestion } from './ask.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { TextField } from './form.tsx'

/** Focus begins on the button that changes nothing. */
export function QuestionDialog({ question }: { readonly question: OpenQuestion }) {
  const [reason, setReason] = useState('')
  const harmless = useRef<HTMLButtonElement>(null)
  return (
    <Dialog
      isOpen
      onClose={() => question.answer(null)}
      title={question.title}
      lead={question.lead}
      initialFocus={harmless}
      footer={
        <>
          <Button ref={harmless} onClick={() => question.answer(null)}>
            Leave as it is
          </Button>
          <Button look={question.isDangerous ? 'danger' : 'primary'} onClick={() => question.answer({ reason })}>
            {question.act}
          </Button>
        </>
      }
    >
      {question.reasonLabel === undefined ? null : (
        <TextField
          label={question.reasonLabel}
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.target.value)}
          hint="Optional. It is kept in the history."
        />
      )}
    </Dialog>
  )
}
