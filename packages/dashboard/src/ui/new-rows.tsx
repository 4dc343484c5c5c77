import { Icon } from './icon.tsx'

interface NewRowsProps {
  readonly fresh: number
  readonly gone: number
  readonly isPaused: boolean
  readonly onUpdate: () => void
}

/** Where new rows collect until somebody wants them: no row moves by itself. */
export function NewRows({ fresh, gone, isPaused, onUpdate }: NewRowsProps) {
  if (fresh + gone === 0) return null
  const words = [
    fresh > 0 ? `${fresh} new` : '',
    gone > 0 ? `${gone} no longer ${gone === 1 ? 'matches' : 'match'}` : '',
  ]
  const text = words.filter((word) => word !== '').join(' · ')
  return (
    <div className="sticky top-22 z-25 flex h-0 justify-center md:top-28 md:justify-end md:pr-36">
      <span role="status" className="sr-only">
        {text}
      </span>
      <button
        type="button"
        onClick={onUpdate}
        disabled={isPaused}
        className="num relative -mt-3.5 md:-mt-10 inline-flex h-9 min-h-9 items-center gap-2 rounded-full bg-accent px-4 text-sm font-medium text-on-accent shadow-pop before:absolute before:-inset-x-2 before:-inset-y-1 disabled:opacity-60"
      >
        <Icon name="arrowUp" size={16} />
        {text}
      </button>
    </div>
  )
}
