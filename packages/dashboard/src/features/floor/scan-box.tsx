import { type FocusEvent, type RefObject, useEffect, useId, useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { useKeys } from '../keys/keys.ts'
import { choose, usePreferences } from '../preferences/preferences.ts'
import { useOperationTypes } from './floor-data.ts'
import { operationWord } from './floor-words.ts'
import { ScanAnswers } from './scan-answers.tsx'
import { useScans } from './scans.ts'

/** Longest code that a scan may have. */
const LONGEST = 1024

/** Takes what a hand scanner types, or a person, and says what it was found to be. */
export function ScanBox() {
  const types = useOperationTypes()
  const { scanMachine, scanOperation } = usePreferences()
  const operation = types?.includes(scanOperation ?? '') ? scanOperation : null
  const [code, setCode] = useState('')
  const [isUnsaid, setIsUnsaid] = useState(false)
  const { answers, send } = useScans()
  const field = useRef<HTMLInputElement>(null)
  const keepFocus = useKeptFocus(field)
  const id = useId()
  const submit = (text: string) => {
    const written = text.trim()
    if (written === '') return
    if (operation === null) return setIsUnsaid(true)
    send({ code: written, operation, machine: scanMachine.trim() })
    setCode('')
    field.current?.focus()
  }
  return (
    <section aria-label="Scan" className="card flex flex-col gap-4 p-5">
      <Operations
        types={types ?? []}
        chosen={operation}
        isUnsaid={isUnsaid}
        onChoose={(type) => {
          setIsUnsaid(false)
          choose({ scanOperation: type })
          field.current?.focus()
        }}
      />
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          submit(code)
        }}
      >
        <div className="min-w-0 flex-1 basis-64 space-y-1.5">
          <label htmlFor={id} className="block text-sm font-medium">
            Code of a runlist or a job
          </label>
          <div className="relative">
            <Icon name="barcode" size={22} className="pointer-events-none absolute top-4 left-3.5 text-muted" />
            <input
              ref={field}
              id={id}
              value={code}
              maxLength={LONGEST}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              enterKeyHint="send"
              placeholder="Scan, or type and press Enter"
              onChange={(event) => setCode(event.target.value)}
              onBlur={keepFocus}
              className="field min-h-14 pl-12 text-lg"
            />
          </div>
        </div>
        <Machine value={scanMachine} />
        <Button type="submit" look="primary" className="min-h-14 px-5">
          Enter
        </Button>
      </form>
      <ScanAnswers answers={answers} onScan={submit} />
    </section>
  )
}

interface OperationsProps {
  readonly types: readonly string[]
  readonly chosen: string | null
  /** A code was scanned before it was said what was done. */
  readonly isUnsaid: boolean
  readonly onChoose: (type: string) => void
}

/** Never chosen beforehand: a wrong guess would call jobs done. */
function Operations({ types, chosen, isUnsaid, onChoose }: OperationsProps) {
  const name = useId()
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">What was done</legend>
      <div className="flex flex-wrap gap-2">
        {types.map((type) => (
          <label
            key={type}
            className="inline-flex min-h-11 cursor-pointer items-center gap-2 rounded-full border border-edge/60 px-4 font-medium hover:bg-sunken has-checked:border-accent has-checked:bg-accent has-checked:text-on-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={name}
              checked={type === chosen}
              onChange={() => onChoose(type)}
              className="sr-only"
            />
            {type === chosen ? <Icon name="check" size={16} /> : null}
            {operationWord(type)}
          </label>
        ))}
      </div>
      <p role="alert" className="mt-1.5 font-medium text-bad empty:hidden">
        {isUnsaid ? 'Say first what was done: choose an operation, then press Enter.' : null}
      </p>
    </fieldset>
  )
}

function Machine({ value }: { readonly value: string }) {
  const id = useId()
  return (
    <div className="w-36 space-y-1.5 max-sm:flex-1">
      <label htmlFor={id} className="block text-sm font-medium">
        Machine
      </label>
      <input
        id={id}
        value={value}
        maxLength={200}
        autoComplete="off"
        placeholder="Not said"
        onChange={(event) => choose({ scanMachine: event.target.value })}
        className="field min-h-14"
      />
    </div>
  )
}

/**
 * A scanner types wherever the focus is: it begins in the field, and comes back when a press on the page took it to
 * nothing. Escape lets it go. Not on touch screens, where focus would open the keyboard.
 */
function useKeptFocus(field: RefObject<HTMLInputElement | null>): (event: FocusEvent) => void {
  const isLetGo = useRef(false)
  useKeys({
    '/': () => {
      isLetGo.current = false
      field.current?.focus()
    },
    Escape: () => {
      if (document.activeElement !== field.current) return false
      isLetGo.current = true
      field.current?.blur()
      return true
    },
  })
  useEffect(() => {
    if (hasKeyboard()) field.current?.focus({ preventScroll: true })
  }, [field])
  return (event) => {
    if (event.relatedTarget !== null || !hasKeyboard()) return
    setTimeout(() => {
      const isNowhere = document.activeElement === document.body && document.getSelection()?.isCollapsed !== false
      if (isNowhere && !isLetGo.current && document.hasFocus()) field.current?.focus({ preventScroll: true })
    })
  }
}

function hasKeyboard(): boolean {
  return matchMedia('(pointer: fine)').matches
}
