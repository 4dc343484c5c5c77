import type { AndonError } from '@andon/core'
import { Link, type LinkProps } from '@tanstack/react-router'
import { buttonClass } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Icon } from '../../ui/icon.tsx'
import { problemWords } from '../../ui/problem-words.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { FloorTrouble } from './floor-trouble.tsx'
import { candidatesOf } from './scans.ts'

type Kind = 'imposition' | 'job' | 'runlist'

/** For a page of something that is not there, or of a floor that does not answer: names that are close, or the trouble. */
export function FloorMissing({ error, kind }: { readonly error: AndonError; readonly kind: Kind }) {
  if (error.status !== 404) {
    return (
      <div className="space-y-4">
        <h1 className="text-2xl">Floor</h1>
        <div className="card">
          <FloorTrouble error={error} answeredAt={0} />
        </div>
      </div>
    )
  }
  return (
    <Empty
      isPage
      icon="search"
      title={error.title}
      action={
        <Link to="/floor" className={buttonClass('primary')}>
          To the floor
        </Link>
      }
    >
      <p>{candidatesOf(error).length === 0 ? problemWords(error) : error.detail}</p>
      <Candidates kind={kind} names={candidatesOf(error)} />
    </Empty>
  )
}

function Candidates({ kind, names }: { readonly kind: Kind; readonly names: readonly string[] }) {
  if (names.length === 0) return null
  return (
    <p className="mt-2 flex flex-wrap items-center justify-center gap-2">
      Did you mean
      {names.map((name) => (
        <Link key={name} {...linkTo(kind, name)} className={buttonClass()}>
          {name}
        </Link>
      ))}
    </p>
  )
}

/** Where something of the floor is shown. */
export function linkTo(kind: Kind, id: string): LinkProps {
  if (kind === 'job') return { to: '/floor/jobs/$floorJobId', params: { floorJobId: id } }
  if (kind === 'imposition') return { to: '/floor/impositions/$impositionId', params: { impositionId: id } }
  return { to: '/floor/runlists/$runlistId', params: { runlistId: id } }
}

interface FloorStaleProps {
  readonly error: AndonError | null
  /** When it was loaded last, in milliseconds since 1970. */
  readonly answeredAt: number
}

/** Says of what is on screen that it is old, and why. */
export function FloorStale({ error, answeredAt }: FloorStaleProps) {
  if (error === null) return null
  return (
    <p role="status" className="flex items-start gap-2.5 rounded-xl border border-bad-solid/45 bg-bad-soft px-4 py-3">
      <Icon name="offline" className="mt-0.5 text-bad" />
      <span>
        <strong className="font-semibold text-bad">{error.title}.</strong> What you see is as it was{' '}
        <TimeAgo at={new Date(answeredAt).toISOString()} />. Andon asks again by itself.
      </span>
    </p>
  )
}
