import { Menu as Base } from '@base-ui/react/menu'
import type { ReactElement, ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

export interface MenuProps {
  /** The button that opens it. */
  readonly trigger: ReactElement
  readonly children: ReactNode
  readonly align?: 'start' | 'end'
  readonly side?: 'top' | 'bottom'
  readonly isOpenAtFirst?: boolean
}

const ROW =
  'flex min-h-11 cursor-pointer items-center gap-2.5 rounded-lg px-2.5 text-sm outline-none select-none data-highlighted:bg-idle-soft data-disabled:cursor-not-allowed data-disabled:opacity-50'

/** A menu under a button: arrows move, letters jump, Escape closes. */
export function Menu({ trigger, children, align = 'end', side = 'bottom', isOpenAtFirst = false }: MenuProps) {
  return (
    <Base.Root defaultOpen={isOpenAtFirst}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} side={side} sideOffset={6} className="z-50 outline-none">
          <Base.Popup className="animate-rise max-h-[min(70dvh,32rem)] min-w-52 overflow-y-auto rounded-xl border border-line bg-raised p-1.5 text-ink shadow-pop outline-none">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

export interface MenuItemProps {
  readonly icon?: IconName
  readonly onPick: () => void
  readonly children: ReactNode
  readonly isDangerous?: boolean
  readonly isDisabled?: boolean
}

/** One thing to do. */
export function MenuItem({ icon, onPick, children, isDangerous = false, isDisabled = false }: MenuItemProps) {
  return (
    <Base.Item onClick={onPick} disabled={isDisabled} className={`${ROW} ${isDangerous ? 'text-bad' : ''}`}>
      {icon === undefined ? null : <Icon name={icon} size={17} />}
      <span className="flex-1">{children}</span>
    </Base.Item>
  )
}

export interface MenuCheckProps {
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
  readonly children: ReactNode
}

/** A thing that is on or off; the menu stays open. */
export function MenuCheck({ isOn, onChange, children }: MenuCheckProps) {
  return (
    <Base.CheckboxItem checked={isOn} onCheckedChange={onChange} closeOnClick={false} className={ROW}>
      <span
        className={`grid size-4.5 place-items-center rounded border ${isOn ? 'border-accent bg-accent text-on-accent' : 'border-edge'}`}
      >
        {isOn ? <Icon name="check" size={13} /> : null}
      </span>
      {children}
    </Base.CheckboxItem>
  )
}

/** A heading between items. */
export function MenuLabel({ children }: { readonly children: ReactNode }) {
  return <div className="px-2.5 pt-2 pb-1 text-xs font-medium text-muted">{children}</div>
}

/** A line between items. */
export function MenuLine() {
  return <div role="separator" className="mx-2 my-1.5 border-t border-line" />
}
