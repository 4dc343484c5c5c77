import { lazy, Suspense, useState } from 'react'
import { useSession } from '../session/session.ts'

const AccountMenu = lazy(async () => ({ default: (await import('./account-menu.tsx')).AccountMenu }))

/** The person's initials; the menu behind them is loaded when it is first opened. */
export function AccountButton({ onHelp }: { readonly onHelp: () => void }) {
  const session = useSession()
  const [isWanted, setIsWanted] = useState(false)
  const name = session?.account.display_name ?? session?.account.name ?? ''
  const face = <Face name={name} onOpen={() => setIsWanted(true)} />
  if (!isWanted || session === undefined) return face
  return (
    <Suspense fallback={face}>
      <AccountMenu account={session.account} onHelp={onHelp} />
    </Suspense>
  )
}

function Face({ name, onOpen }: { readonly name: string; readonly onOpen: () => void }) {
  return (
    <button
      type="button"
      onClick={onOpen}
      aria-haspopup="menu"
      aria-label={`${initials(name)}, account of ${name}`}
      className="grid size-11 place-items-center rounded-full"
    >
      <Initials name={name} />
    </button>
  )
}

/** Up to two letters in a circle. */
export function Initials({ name }: { readonly name: string }) {
  return (
    <span className="grid size-9 place-items-center rounded-full bg-accent text-sm font-semibold text-on-accent uppercase">
      {initials(name)}
    </span>
  )
}

/** The first letters of the first two words. */
export function initials(name: string): string {
  return name
    .split(/[\s._-]+/)
    .map((word) => word.charAt(0).toUpperCase())
    .slice(0, 2)
    .join('')
}
