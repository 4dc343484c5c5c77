import type { AndonError, ScanMatch } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { Button, Spinner } from '../../ui/button.tsx'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { problemWords } from '../../ui/problem-words.ts'
import { operationWord } from './floor-words.ts'
import { candidatesOf, type ScanAnswer } from './scans.ts'

interface ScanAnswersProps {
  readonly answers: readonly ScanAnswer[]
  readonly onScan: (code: string) => void
}

/** What the last scan was found to be, large; the ones before it small. */
export function ScanAnswers({ answers, onScan }: ScanAnswersProps) {
  const [last, ...earlier] = answers
  return (
    <div role="status" aria-label="Answer" className="space-y-2">
      {last === undefined ? (
        <p className="text-sm text-muted">A scanned runlist marks all its jobs; a job that is in no runlist, itself.</p>
      ) : last.match !== null ? (
        <Matched match={last.match} />
      ) : last.refusal !== null ? (
        <Refused answer={last} refusal={last.refusal} onScan={onScan} />
      ) : (
        <p className="flex min-h-14 items-center gap-3 rounded-xl border border-line bg-sunken px-4">
          <Spinner />
          <span className="min-w-0 truncate">{last.code}</span>
        </p>
      )}
      {earlier.length === 0 ? null : (
        <ul aria-label="Earlier scans" className="space-y-1">
          {earlier.map((answer) => (
            <Earlier key={answer.key} answer={answer} />
          ))}
        </ul>
      )}
    </div>
  )
}

function Matched({ match }: { readonly match: ScanMatch }) {
  const { impositions, jobs, jobs_updated: updated, operations, runlist_id: runlistId } = match
  const [first] = jobs
  return (
    <div className="flex items-start gap-3 rounded-xl border border-ok-solid/40 bg-ok-soft px-4 py-3">
      <Icon name="checkCircle" size={30} className="mt-0.5 text-ok" />
      <div className="num min-w-0 flex-1">
        <p className="text-lg leading-snug font-semibold break-words text-ok">
          {runlistId === null ? `Job ${match.code_text}` : `Runlist ${runlistId}`}:{' '}
          {operations.map((type) => operationWord(type).toLowerCase()).join(', ')} done
        </p>
        <p>
          {runlistId === null ? '' : `${plural(impositions.length, 'imposition')}, ${plural(jobs.length, 'job')} · `}
          {updated === 0 ? 'nothing changed, it was known already' : `${plural(updated, 'job')} changed`}
        </p>
      </div>
      {runlistId !== null ? (
        <Link
          to="/floor/runlists/$runlistId"
          params={{ runlistId }}
          className="inline-flex min-h-11 items-center gap-1 font-medium text-ok hover:underline"
        >
          Open <Icon name="chevronRight" size={16} />
        </Link>
      ) : first === undefined ? null : (
        <Link
          to="/floor/jobs/$floorJobId"
          params={{ floorJobId: first.job_id }}
          className="inline-flex min-h-11 items-center gap-1 font-medium text-ok hover:underline"
        >
          Open <Icon name="chevronRight" size={16} />
        </Link>
      )}
    </div>
  )
}

interface RefusedProps {
  readonly answer: ScanAnswer
  readonly refusal: AndonError
  readonly onScan: (code: string) => void
}

function Refused({ answer, refusal, onScan }: RefusedProps) {
  const candidates = candidatesOf(refusal)
  const isMachine = refusal.code === 'machine_unknown'
  return (
    <div className="rounded-xl border border-bad-solid/45 bg-bad-soft px-4 py-3">
      <p className="flex items-start gap-3 text-lg leading-snug font-semibold break-all text-bad">
        <Icon name="xCircle" size={30} />
        <span>
          {answer.code}: {lowerFirst(refusal.title)}
        </span>
      </p>
      <p className="mt-1 pl-[2.625rem]">{problemWords(refusal)}</p>
      {candidates.length === 0 || isMachine ? null : (
        <div className="mt-3 flex flex-wrap items-center gap-2 pl-[2.625rem]">
          <span className="text-sm">Did you mean</span>
          {candidates.map((candidate) => (
            <Button key={candidate} icon="barcode" onClick={() => onScan(candidate)}>
              {candidate}
            </Button>
          ))}
        </div>
      )}
    </div>
  )
}

function Earlier({ answer: { code, match, refusal } }: { readonly answer: ScanAnswer }) {
  return (
    <li className="num flex items-center gap-2 text-sm text-muted">
      {match !== null ? (
        <Icon name="check" size={16} className="text-ok" />
      ) : refusal !== null ? (
        <Icon name="x" size={16} className="text-bad" />
      ) : (
        <Spinner />
      )}
      <span className="min-w-0 truncate font-medium text-ink">{code}</span>
      <span className="shrink-0">
        {match === null ? (refusal?.title ?? 'waits') : `${plural(match.jobs_updated, 'job')} changed`}
      </span>
    </li>
  )
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
