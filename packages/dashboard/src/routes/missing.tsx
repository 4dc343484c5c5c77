import { isProblem } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { Button, buttonClass } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { problemWords } from '../ui/problem-words.ts'

/** For addresses that lead nowhere. */
export function NotFound() {
  return (
    <main className="grid min-h-[70dvh] place-items-center">
      <Empty
        isPage
        icon="search"
        title="There is no such page"
        action={
          <Link to="/" className={buttonClass('primary')}>
            To the overview
          </Link>
        }
      >
        The address may be old, or a letter is missing.
      </Empty>
    </main>
  )
}

/** For pages that could not be shown: says why and offers to try again. */
export function RouteError({ error, reset }: { readonly error: unknown; readonly reset: () => void }) {
  const isKnown = isProblem(error)
  return (
    <main className="grid min-h-[70dvh] place-items-center">
      <Empty
        isPage
        icon="offline"
        title={isKnown ? error.title : 'This page could not be shown'}
        action={
          <Button look="primary" icon="refresh" onClick={() => (isKnown ? reset() : location.reload())}>
            Try again
          </Button>
        }
      >
        {isKnown ? problemWords(error) : 'A part of it did not load. The server may have been updated.'}
      </Empty>
    </main>
  )
}
