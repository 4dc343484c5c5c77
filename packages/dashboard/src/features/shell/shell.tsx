import { Link, Outlet, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { QuestionHost } from '../../ui/ask.tsx'
import { Logo } from '../../ui/logo.tsx'
import { useKeys } from '../keys/keys.ts'
import { useAttention, useStackLight } from '../overview/attention.ts'
import { useAlertCounts } from '../../live/alerts.ts'
import { useIsAtLeast, useSession } from '../session/session.ts'
import { AccountButton } from './account-button.tsx'
import { LivePill } from './live-pill.tsx'

const Palette = lazy(async () => ({ default: (await import('../keys/palette.tsx')).Palette }))
const KeyHelp = lazy(async () => ({ default: (await import('../keys/key-help.tsx')).KeyHelp }))

const PLACES = [
  { to: '/', word: 'Overview', icon: 'grid', keys: 'g o' },
  { to: '/jobs', word: 'Jobs', icon: 'list', keys: 'g j' },
  { to: '/errors', word: 'Errors', icon: 'xCircle', keys: 'g e' },
  { to: '/printers', word: 'Printers', icon: 'printer', keys: 'g p' },
  { to: '/stations', word: 'Stations', icon: 'station', keys: 'g s' },
  { to: '/floor', word: 'Floor', icon: 'layers', keys: 'g f' },
  { to: '/workers', word: 'Workers & queues', icon: 'workers', keys: 'g w' },
  { to: '/schedules', word: 'Schedules', icon: 'calendar', keys: 'g c' },
  { to: '/analytics', word: 'Analytics', icon: 'chart', keys: 'g a' },
  { to: '/alerts', word: 'Alerts', icon: 'bell', keys: 'g l' },
  { to: '/settings', word: 'Settings', icon: 'settings', keys: 'g ,' },
] as const satisfies readonly { to: string; word: string; icon: IconName; keys: string }[]

/** The frame around every page but the wall board and sign-in. */
export function Shell() {
  const navigate = useNavigate()
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)
  const close = () => setOpen(null)
  useKeys({
    'mod+k': () => setOpen('palette'),
    '?': () => setOpen('help'),
    ...Object.fromEntries(PLACES.map(({ to, keys }) => [keys, () => void navigate({ to })])),
  })
  return (
    <div className="min-h-dvh lg:pl-56">
      <a
        href="#content"
        className="sr-only z-50 rounded-lg bg-accent px-4 py-3 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <SideBar />
      <header className="contents">
        <DemoBanner />
        <div className="sticky top-0 z-30 flex h-15 items-center gap-2 border-b border-line bg-ground/90 px-4 backdrop-blur-md sm:px-6">
          <Link to="/" aria-label="Andon, overview" className="grid size-11 place-items-center lg:hidden">
            <BrandMark />
          </Link>
          <SearchButton onOpen={() => setOpen('palette')} />
          <span className="flex-1" />
          <LivePill />
          <AccountButton onHelp={() => setOpen('help')} />
        </div>
      </header>
      <main id="content" tabIndex={-1} className="px-4 pt-5 pb-28 outline-none sm:px-6 lg:pb-12">
        <Outlet />
      </main>
      <BottomBar />
      <QuestionHost />
      <Suspense fallback={open === null ? null : <KeyCatcher />}>
        {open === 'palette' ? <Palette onClose={close} onHelp={() => setOpen('help')} /> : null}
        {open === 'help' ? <KeyHelp onClose={close} /> : null}
      </Suspense>
    </div>
  )
}

/** Takes what is typed while the window is being loaded, so that no letter acts on the page. */
function KeyCatcher() {
  return <input autoFocus readOnly aria-label="Loading" className="sr-only" />
}

function BrandMark() {
  const light = useStackLight()
  return <Logo size={30} {...(light === undefined ? {} : { lit: light })} />
}

function SideBar() {
  const maySeeAlerts = useIsAtLeast('operator')
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-y-0 left-0 z-30 hidden w-56 flex-col border-r border-line bg-surface px-3 py-4 lg:flex"
    >
      <Link to="/" className="mb-5 flex min-h-11 items-center gap-2.5 rounded-lg px-2">
        <BrandMark />
        <span className="text-lg font-semibold tracking-tight">Andon</span>
      </Link>
      <ul className="space-y-1">
        {PLACES.filter(({ to }) => maySeeAlerts || to !== '/alerts').map(({ to, word, icon, keys }) => (
          <li key={to}>
            <Link
              to={to}
              activeOptions={{ exact: to === '/' }}
              className="group flex min-h-11 items-center gap-3 rounded-[10px] px-3 text-[0.9375rem] font-medium text-muted hover:bg-idle-soft hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent"
            >
              <Icon name={icon} size={19} />
              <span className="flex-1">{word}</span>
              {to === '/' ? <NeedsCount /> : null}
              {to === '/alerts' ? <OpenAlertsCount /> : null}
              <kbd className="hidden font-sans text-xs text-muted group-hover:block">{keys}</kbd>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** There is room for no more than six: the others are in the menu of the account. */
const IN_ACCOUNT_MENU: ReadonlySet<string> = new Set(['/alerts', '/errors', '/workers', '/schedules', '/settings'])

function BottomBar() {
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      <ul className="mx-auto grid max-w-lg grid-cols-6">
        {PLACES.filter(({ to }) => !IN_ACCOUNT_MENU.has(to)).map(({ to, word, icon }) => (
          <li key={to}>
            <Link
              to={to}
              activeOptions={{ exact: to === '/' }}
              className="relative flex min-h-16 flex-col items-center justify-center gap-1 text-2xs font-medium text-muted -outline-offset-4 sm:text-xs aria-[current=page]:text-accent"
            >
              <Icon name={icon} size={22} />
              {word}
              {to === '/' ? (
                <span className="absolute top-1.5 left-[calc(50%+8px)]">
                  <NeedsCount />
                </span>
              ) : null}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function OpenAlertsCount() {
  const counts = useAlertCounts()
  if (counts === undefined || counts.open === 0) return null
  const look = counts.unacknowledged > 0 ? 'bg-bad text-surface' : 'bg-idle-soft text-idle'
  return (
    <span className={`num grid h-5 min-w-5 place-items-center rounded-full px-1 text-xs font-semibold ${look}`}>
      {counts.open}
      <span className="sr-only"> open</span>
    </span>
  )
}

function NeedsCount() {
  const needs = useAttention() ?? []
  if (needs.length === 0) return null
  const isBad = needs.some((need) => need.severity === 'error')
  return (
    <span
      className={`num grid h-5 min-w-5 place-items-center rounded-full px-1 text-xs font-semibold ${isBad ? 'bg-bad text-surface' : 'bg-warn text-surface'}`}
    >
      {needs.length}
      <span className="sr-only"> need attention</span>
    </span>
  )
}

function SearchButton({ onOpen }: { readonly onOpen: () => void }) {
  return (
    <button
      type="button"
      onClick={onOpen}
      className="flex min-h-11 items-center gap-2.5 rounded-[10px] px-3 text-sm text-muted hover:bg-idle-soft sm:w-72 sm:border sm:border-line sm:bg-surface"
    >
      <Icon name="search" />
      <span className="sr-only flex-1 text-left sm:not-sr-only">Find or do anything</span>
      <kbd className="hidden rounded border border-line px-1.5 py-0.5 font-sans text-xs sm:block">Ctrl K</kbd>
    </button>
  )
}

function DemoBanner() {
  if (!useSession()?.is_demo) return null
  return (
    <p className="border-b border-line bg-accent-soft px-4 py-2 text-center text-sm text-accent sm:px-6">
      <strong className="font-semibold">Demonstration.</strong> The shop, its printers and its jobs are simulated.
    </p>
  )
}
