import type { ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

export interface EmptyProps {
  readonly icon: IconName
  readonly title: string
  /** What to do about it. */
  readonly children?: ReactNode
  readonly action?: ReactNode
  /** It stands for the whole page: its title is the page's heading. */
  readonly isPage?: boolean
}

/** Says which emptiness this is: nothing yet, no match, or not allowed. */
export function Empty({ icon, title, children, action, isPage = false }: EmptyProps) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      <span className="mb-1 grid size-12 place-items-center rounded-full bg-idle-soft text-idle">
        <Icon name={icon} size={22} />
      </span>
      {isPage ? <h1 className="text-lg">{title}</h1> : <p className="font-semibold">{title}</p>}
      {children === undefined ? null : <div className="max-w-md text-sm text-muted">{children}</div>}
      {action === undefined ? null : <div className="mt-3">{action}</div>}
    </div>
  )
}

/** Grey bars in the place of what is being loaded. */
export function Skeleton({ rows = 4 }: { readonly rows?: number }) {
  return (
    <div role="status" aria-label="Loading" className="space-y-3 p-4">
      {Array.from({ length: rows }, (_, row) => (
        <div
          key={row}
          className="h-5 animate-pulse rounded bg-idle-soft"
          style={{ width: `${92 - ((row * 17) % 40)}%` }}
        />
      ))}
    </div>
  )
}
