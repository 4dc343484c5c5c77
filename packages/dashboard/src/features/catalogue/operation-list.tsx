import { isProblem } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { Panel } from '../../ui/panel.tsx'
import { failureWords } from '../../ui/problem-words.ts'
import { operationWord } from '../floor/floor-words.ts'
import { useIsAtLeast } from '../session/session.ts'
import { OperationDialog } from './operation-dialog.tsx'
import { type Operation, operationsOf } from './operations.ts'

/** The operations of the production floor, in their order, with what press and scanners call them. */
export function OperationList() {
  const mayChange = useIsAtLeast('admin')
  const [editing, setEditing] = useState<Operation | 'new' | null>(null)
  const { data, error } = useQuery({
    queryKey: ['floor', 'operations'],
    queryFn: ({ signal }) => andon.floor.operations({ signal }),
  })
  const operations = data === undefined ? undefined : operationsOf(data)
  return (
    <Panel
      title="Operations of the floor"
      aside={
        mayChange && operations !== undefined ? (
          <Button icon="plus" onClick={() => setEditing('new')}>
            Add operation
          </Button>
        ) : null
      }
    >
      {error !== null ? (
        <NoOperations error={error} />
      ) : operations === undefined ? (
        <Skeleton rows={3} />
      ) : (
        <ul className="divide-y divide-line pt-2">
          {operations.map((operation) => (
            <OperationRow
              key={operation.type}
              operation={operation}
              onChange={mayChange ? () => setEditing(operation) : null}
            />
          ))}
        </ul>
      )}
      {editing === null || operations === undefined ? null : (
        <OperationDialog
          operations={operations}
          operation={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
    </Panel>
  )
}

interface OperationRowProps {
  readonly operation: Operation
  /** Null: not allowed. */
  readonly onChange: (() => void) | null
}

function OperationRow({ onChange, operation }: OperationRowProps) {
  const word = operationWord(operation.type)
  return (
    <li className="flex min-h-14 items-center gap-x-5 px-5 py-2">
      <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-5 gap-y-1">
        <span className="min-w-32 font-medium">{word}</span>
        <span className="flex min-w-0 flex-wrap gap-1.5">
          {operation.ids.map((id) => (
            <code key={id} className="rounded-md bg-idle-soft px-1.5 py-0.5 text-[0.8125rem] break-all">
              {id}
            </code>
          ))}
        </span>
      </div>
      {onChange === null ? null : (
        <Button aria-label={`Change ${word}`} onClick={onChange}>
          Change
        </Button>
      )}
    </li>
  )
}

function NoOperations({ error }: { readonly error: Error }) {
  if (isProblem(error, 'floor_not_configured')) {
    return (
      <Empty icon="layers" title="Andon is not connected to a production floor">
        Its operations stand here once it is. How to connect it stands on the page{' '}
        <Link to="/floor" className="font-medium text-accent underline">
          Floor
        </Link>
        .
      </Empty>
    )
  }
  return (
    <Empty icon="alert" title={isProblem(error) ? error.title : 'The operations cannot be read'}>
      {failureWords(error)}
    </Empty>
  )
}
