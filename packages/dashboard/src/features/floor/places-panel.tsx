import { Link } from '@tanstack/react-router'
import { Icon } from '../../ui/icon.tsx'
import { Panel } from '../../ui/panel.tsx'
import { linkTo } from './floor-missing.tsx'

interface PlacesPanelProps {
  readonly title: string
  readonly kind: 'imposition' | 'runlist'
  readonly names: readonly string[]
  /** What it means that there is none. */
  readonly none: string
}

/** Runlists or impositions, each a way to its page. */
export function PlacesPanel({ title, kind, names, none }: PlacesPanelProps) {
  return (
    <Panel title={title} aside={<span className="num text-sm text-muted">{names.length}</span>}>
      {names.length === 0 ? (
        <p className="px-5 pt-1 pb-5 text-sm text-muted">{none}</p>
      ) : (
        <ul className="max-h-80 overflow-y-auto px-2.5 pb-2.5">
          {names.map((name) => (
            <li key={name}>
              <Link
                {...linkTo(kind, name)}
                className="num flex min-h-11 items-center gap-2 rounded-lg px-2.5 font-medium -outline-offset-2 hover:bg-idle-soft"
              >
                <span className="min-w-0 flex-1 truncate">{name}</span>
                <Icon name="chevronRight" size={16} className="text-muted" />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
