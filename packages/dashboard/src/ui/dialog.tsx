import { Dialog as Base } from '@base-ui/react/dialog'
import type { ReactNode, RefObject } from 'react'
import { IconButton } from './button.tsx'

export interface DialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly title: string
  /** One or two sentences under the title. */
  readonly lead?: ReactNode
  readonly children?: ReactNode
  /** The buttons, the least dangerous first. */
  readonly footer?: ReactNode
  readonly isWide?: boolean
  readonly initialFocus?: RefObject<HTMLElement | null>
}

/** A window over the page. Focus stays inside, Escape closes it, and focus returns to where it was. */
export function Dialog({ isOpen, onClose, title, lead, children, footer, isWide = false, initialFocus }: DialogProps) {
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/45 backdrop-blur-[2px]" />
        <Base.Popup
          {...(initialFocus === undefined ? {} : { initialFocus })}
          className={`animate-rise fixed inset-x-3 top-1/2 z-50 mx-auto flex max-h-[calc(100dvh-1.5rem)] -translate-y-1/2 flex-col rounded-2xl border border-line bg-raised text-ink shadow-pop ${isWide ? 'max-w-2xl' : 'max-w-md'}`}
        >
          <div className="flex items-start gap-3 px-5 pt-4 pb-1">
            <Base.Title className="flex-1 pt-2 text-lg leading-snug font-semibold">{title}</Base.Title>
            <Base.Close render={<IconButton icon="x" label="Close" className="-mr-2" />} />
          </div>
          {lead === undefined ? null : (
            <Base.Description render={<div />} className="px-5 text-muted">
              {lead}
            </Base.Description>
          )}
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
          {footer === undefined ? null : (
            <div className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3.5">{footer}</div>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
