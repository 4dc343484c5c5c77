import type { AccountView } from '@andon/core'
import { useNavigate } from '@tanstack/react-router'
import { Menu, MenuItem, MenuLabel, MenuLine } from '../../ui/menu.tsx'
import { choose, usePreferences } from '../preferences/preferences.ts'
import { signOut, useIsAtLeast } from '../session/session.ts'
import { Initials, initials } from './account-button.tsx'

const THEMES = [
  { theme: 'system', word: 'As the system', icon: 'half' },
  { theme: 'light', word: 'Light', icon: 'sun' },
  { theme: 'dark', word: 'Dark', icon: 'moon' },
] as const

/** Who is signed in, how it looks, help, and the way out. */
export function AccountMenu({ account, onHelp }: { readonly account: AccountView; readonly onHelp: () => void }) {
  const navigate = useNavigate()
  const { theme } = usePreferences()
  const maySeeAlerts = useIsAtLeast('operator')
  return (
    <Menu
      isOpenAtFirst
      trigger={
        <button
          type="button"
          aria-label={`${initials(account.display_name)}, account of ${account.display_name}`}
          className="grid size-11 place-items-center rounded-full"
        >
          <Initials name={account.display_name} />
        </button>
      }
    >
      <div className="px-2.5 pt-1.5 pb-2">
        <div className="font-semibold">{account.display_name}</div>
        <div className="text-sm text-muted">
          {account.name} · {account.role}
        </div>
      </div>
      <MenuLine />
      <MenuLabel>Theme</MenuLabel>
      {THEMES.map((one) => (
        <MenuItem
          key={one.theme}
          icon={theme === one.theme ? 'check' : one.icon}
          onPick={() => choose({ theme: one.theme })}
        >
          {one.word}
        </MenuItem>
      ))}
      <MenuLine />
      <MenuItem icon="xCircle" onPick={() => void navigate({ to: '/errors' })}>
        Errors
      </MenuItem>
      <MenuItem icon="workers" onPick={() => void navigate({ to: '/workers' })}>
        Workers & queues
      </MenuItem>
      <MenuItem icon="calendar" onPick={() => void navigate({ to: '/schedules' })}>
        Schedules
      </MenuItem>
      <MenuItem icon="expand" onPick={() => void navigate({ to: '/board' })}>
        Wall board
      </MenuItem>
      <MenuItem icon="keyboard" onPick={onHelp}>
        Keyboard
      </MenuItem>
      {maySeeAlerts ? (
        <MenuItem icon="bell" onPick={() => void navigate({ to: '/alerts' })}>
          Alerts
        </MenuItem>
      ) : null}
      <MenuItem icon="settings" onPick={() => void navigate({ to: '/settings' })}>
        Settings
      </MenuItem>
      <MenuItem icon="signOut" onPick={() => void signOut()}>
        Sign out
      </MenuItem>
    </Menu>
  )
}
