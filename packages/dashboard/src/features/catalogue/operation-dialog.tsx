import { useState } from 'react'
import { andon, queries } from '../../live/andon.ts'
import { askFloorAgain } from '../../live/floor.ts'
import { ask } from '../../ui/ask.tsx'
import { Button } from '../../ui/button.tsx'
import { FormDialog, together, useSubmission } from '../../ui/form-dialog.tsx'
import { TextField } from '../../ui/form.tsx'
import { operationWord } from '../floor/floor-words.ts'
import { catalogueWith, type Operation } from './operations.ts'

export interface OperationDialogProps {
  readonly operations: readonly Operation[]
  /** Null: a new one. */
  readonly operation: Operation | null
  readonly onClose: () => void
}

/** One operation: its name, the ids that press and scanners call it by, and its place. */
export function OperationDialog({ onClose, operation, operations }: OperationDialogProps) {
  const [type, setType] = useState(operation?.type ?? '')
  const [ids, setIds] = useState(operation?.ids.join(', ') ?? '')
  const [position, setPosition] = useState(String(operation?.position ?? nextPlace(operations)))
  const idList = ids.split(/[\s,]+/).filter(Boolean)
  const set = async (after: Operation | null) => {
    // Only a whole catalogue can be written, and others change it, too.
    const now = await andon.floor.operations()
    const catalogue = await andon.floor.setOperations(catalogueWith(now, operation, after))
    queries.setQueryData(['floor', 'operations'], catalogue)
    await askFloorAgain()
    onClose()
  }
  const saving = useSubmission(() => set({ type: type.trim(), ids: idList, position: Number(position) }))
  const removal = useSubmission(async () => {
    if (operation !== null && (await mayGo(operation))) await set(null)
  })
  const { begin, isBusy, refusal, written } = together(saving, removal)
  return (
    <FormDialog
      onClose={onClose}
      title={operation === null ? 'Add an operation' : operationWord(operation.type)}
      act={operation === null ? 'Add operation' : 'Save'}
      isComplete={type.trim() !== '' && idList.length > 0 && position !== ''}
      isBusy={isBusy}
      refusal={refusal}
      onSubmit={begin(saving)}
      {...(operation === null ? {} : { instead: <RemoveOperation onPick={begin(removal)} /> })}
    >
      <TextField
        label="Name"
        placeholder="kiss_cut"
        autoCapitalize="none"
        maxLength={63}
        value={type}
        readOnly={operation !== null}
        onChange={written(setType)}
        hint={operation === null ? 'Small letters, figures and _; it is kept with each status.' : undefined}
      />
      <TextField
        label="Ids"
        placeholder="op006, kiss-cut"
        autoCapitalize="none"
        value={ids}
        onChange={written(setIds)}
        hint="What the press and the scanners call it, with commas between them."
      />
      <TextField
        label="Place"
        type="number"
        inputMode="numeric"
        min={0}
        value={position}
        onChange={written(setPosition)}
        hint="Operations stand in this order on the floor."
      />
    </FormDialog>
  )
}

function RemoveOperation({ onPick }: { readonly onPick: () => void }) {
  return (
    <Button look="danger" onClick={onPick}>
      Remove
    </Button>
  )
}

async function mayGo({ ids, type }: Operation): Promise<boolean> {
  const answer = await ask({
    title: `Remove ${operationWord(type).toLowerCase()}?`,
    lead: `It is no longer shown on the floor, and nobody can report it as ${ids.join(' or ')}. What was reported stays.`,
    act: 'Remove this operation',
    isDangerous: true,
  })
  return answer !== null
}

function nextPlace(operations: readonly Operation[]): number {
  return Math.max(0, ...operations.map(({ position }) => position)) + 1
}
