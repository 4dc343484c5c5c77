import { type AndonError, isProblem, clientProblem, type ScanMatch } from '@andon/core'
import { useRef, useState } from 'react'
import { andon } from '../../live/andon.ts'
import { askFloorAgain } from '../../live/floor.ts'

/** What is said of a code that was scanned. */
export interface Scan {
  readonly code: string
  readonly operation: string
  readonly machine: string
}

/** A scan and what came of it: nothing yet, a match, or a refusal. */
export interface ScanAnswer extends Scan {
  readonly key: number
  readonly match: ScanMatch | null
  readonly refusal: AndonError | null
}

/** Earlier answers that stay on screen. */
const KEPT = 4

/** Sends scans one after the other, so that a fast hand loses none, and keeps their answers, the newest first. */
export function useScans(): { readonly answers: readonly ScanAnswer[]; readonly send: (scan: Scan) => void } {
  const [answers, setAnswers] = useState<readonly ScanAnswer[]>([])
  const last = useRef(Promise.resolve())
  const nextKey = useRef(0)
  const send = (scan: Scan) => {
    nextKey.current += 1
    const waiting: ScanAnswer = { ...scan, key: nextKey.current, match: null, refusal: null }
    setAnswers((before) => [waiting, ...before].slice(0, KEPT))
    last.current = last.current.then(async () => {
      const answer = await take(waiting)
      setAnswers((before) => before.map((one) => (one.key === answer.key ? answer : one)))
      void askFloorAgain()
    })
  }
  return { answers, send }
}

async function take(scan: ScanAnswer): Promise<ScanAnswer> {
  const { code, machine, operation } = scan
  try {
    const place = machine === '' ? {} : { machine_id: machine }
    return { ...scan, match: await andon.floor.scan({ code_text: code, operations: [operation], ...place }) }
  } catch (error) {
    return { ...scan, refusal: isProblem(error) ? error : clientProblem('internal', { cause: error }) }
  }
}

/** What may have been meant, as the refusal says. */
export function candidatesOf({ extra }: AndonError): readonly string[] {
  const candidates = extra['candidates']
  return Array.isArray(candidates) ? candidates.filter((one) => typeof one === 'string') : []
}
