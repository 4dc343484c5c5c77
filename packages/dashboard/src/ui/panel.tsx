import { type ReactNode, useId } from 'react'

export interface PanelProps {
  readonly title: string
  /** Beside the title: a number or a link. */
  readonly aside?: ReactNode
  readonly children: ReactNode
  readonly className?: string
}

/** A titled part of a page. */
export function Panel({ title, aside, children, className = '' }: PanelProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={`card overflow-hidden ${className}`}>
      <div className="flex min-h-13 items-center gap-3 px-5 pt-2">
        <h2 id={id} className="flex-1 text-base">
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  )
}
