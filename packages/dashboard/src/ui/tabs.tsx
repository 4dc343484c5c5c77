import { Link, type LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'

export interface TabLinkProps {
  readonly link: LinkProps
  readonly isCurrent: boolean
  readonly children: ReactNode
  /** A number beside the word; null while unknown. */
  readonly count?: number | null
}

/** Views of one page, each with an address: links in a row that scrolls sideways when it is narrow. */
export function TabLinks({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <nav aria-label={label} className="-mx-4 overflow-x-auto px-4 [scrollbar-width:none] sm:mx-0 sm:px-0">
      <ul className="flex min-w-max gap-1 border-b border-line">{children}</ul>
    </nav>
  )
}

/** One of them. */
export function TabLink({ link, isCurrent, children, count }: TabLinkProps) {
  return (
    <li>
      <Link
        {...link}
        aria-current={isCurrent ? 'page' : undefined}
        className={`-mb-px flex min-h-11 items-center gap-2 border-b-2 px-3 text-sm font-medium whitespace-nowrap -outline-offset-2 ${isCurrent ? 'border-accent text-ink' : 'border-transparent text-muted hover:text-ink'}`}
      >
        {children}
        {count === undefined || count === null ? null : (
          <span
            className={`num rounded-full px-1.5 py-px text-xs ${isCurrent ? 'bg-accent-soft text-accent' : 'bg-idle-soft text-idle'}`}
          >
            {count.toLocaleString('en')}
          </span>
        )}
      </Link>
    </li>
  )
}
