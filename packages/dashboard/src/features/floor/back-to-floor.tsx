import { Link } from '@tanstack/react-router'
import { Icon } from '../../ui/icon.tsx'

/** The way back, above the title. */
export function BackToFloor() {
  return (
    <Link
      to="/floor"
      className="inline-flex min-h-11 items-center gap-1.5 text-sm font-medium text-muted hover:text-ink"
    >
      <Icon name="arrowLeft" size={16} />
      Floor
    </Link>
  )
}
