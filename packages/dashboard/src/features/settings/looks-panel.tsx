import { useState } from 'react'
import { SelectField, SwitchField } from '../../ui/form.tsx'
import { Panel } from '../../ui/panel.tsx'
import { choose, usePreferences } from '../preferences/preferences.ts'
import { askToNotify, canNotify } from '../shell/browser-notices.ts'

const THEMES = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const

const CONTRASTS = [
  { value: 'system', label: 'As the system' },
  { value: 'normal', label: 'Normal' },
  { value: 'high', label: 'High' },
] as const

/** What is chosen here is kept in this browser. */
export function LooksPanel() {
  const { theme, contrast, zone, hasKeys } = usePreferences()
  return (
    <Panel title="In this browser">
      <div className="grid gap-5 px-5 pt-2 pb-5 sm:grid-cols-2">
        <SelectField
          label="Theme"
          options={THEMES}
          value={theme}
          onChange={(event) =>
            choose({ theme: THEMES.find(({ value }) => value === event.target.value)?.value ?? 'system' })
          }
        />
        <SelectField
          label="Contrast"
          options={CONTRASTS}
          value={contrast}
          onChange={(event) =>
            choose({ contrast: CONTRASTS.find(({ value }) => value === event.target.value)?.value ?? 'system' })
          }
        />
        <SelectField
          label="Times in"
          hint="Exact times, as they show on hover. Relative ones are the same everywhere."
          options={ZONES}
          value={zone}
          onChange={(event) => choose({ zone: event.target.value })}
        />
        <NoticesSwitch />
        <SwitchField
          label="Single keys"
          hint="j, k, x, / and the others. Ctrl K works always."
          isOn={hasKeys}
          onChange={(isOn) => choose({ hasKeys: isOn })}
        />
      </div>
    </Panel>
  )
}

function NoticesSwitch() {
  const { hasNotices } = usePreferences()
  const [isRefused, setIsRefused] = useState(false)
  if (!canNotify) return null
  const change = async (isOn: boolean) => {
    const isAllowed = isOn && (await askToNotify())
    setIsRefused(isOn && !isAllowed)
    choose({ hasNotices: isAllowed })
  }
  return (
    <SwitchField
      label="Browser notifications"
      hint={
        isRefused
          ? 'The browser does not allow it. Allow notifications for this site in its settings, then switch this on.'
          : 'While this page is out of sight: what ended, what failed, and what needs somebody.'
      }
      isOn={hasNotices && Notification.permission === 'granted'}
      onChange={(isOn) => void change(isOn)}
    />
  )
}

const ZONES: readonly { readonly value: string; readonly label: string }[] = [
  { value: 'local', label: `This computer's zone (${Intl.DateTimeFormat().resolvedOptions().timeZone})` },
  { value: 'UTC', label: 'UTC' },
  ...Intl.supportedValuesOf('timeZone').map((name) => ({ value: name, label: name.replaceAll('_', ' ') })),
]
