import type { ComponentProps, ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

export type ButtonLook = 'primary' | 'plain' | 'quiet' | 'danger'

const LOOKS: Record<ButtonLook, string> = {
  primary: 'bg-accent text-on-accent hover:brightness-110 border-transparent',
  plain: 'bg-surface text-ink border-edge/45 hover:bg-sunken',
  quiet: 'bg-transparent text-ink border-transparent hover:bg-idle-soft',
  danger: 'bg-surface text-bad border-bad/50 hover:bg-bad-soft',
}

/** The classes of a button, for links that look like one. */
export function buttonClass(look: ButtonLook = 'plain', isSquare = false): string {
  const width = isSquare ? 'w-11 justify-center px-0' : 'px-3.5'
  return `inline-flex min-h-11 shrink-0 items-center justify-center gap-2 rounded-[10px] border ${width} text-sm font-medium whitespace-nowrap transition-colors select-none disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:opacity-50 ${LOOKS[look]}`
}

export interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: ButtonLook
  readonly icon?: IconName
  /** Shows that it works, and takes no second press. */
  readonly isBusy?: boolean
  readonly children?: ReactNode
}

/** A button with words; at least 44 px high. */
export function Button({ look = 'plain', icon, isBusy = false, children, className = '', ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      className={`${buttonClass(look)} ${className}`}
    >
      {isBusy ? <Spinner /> : icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  )
}

export interface IconButtonProps extends ComponentProps<'button'> {
  readonly icon: IconName
  /** What it does, for screen readers and on hover. */
  readonly label: string
  readonly look?: ButtonLook
}

/** A button of 44 × 44 px with a picture; its words are its label. */
export function IconButton({ icon, label, look = 'quiet', className = '', ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`${buttonClass(look, true)} ${className}`}
    >
      <Icon name={icon} />
    </button>
  )
}

/** A small turning ring; the words beside it say what is waited for. */
export function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="size-4 animate-spin rounded-full border-2 border-current border-t-transparent opacity-70"
    />
  )
}
