import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useIsAtLeast } from '../features/session/session.ts'
import { AboutPanel } from '../features/settings/about-panel.tsx'
import { AccountPanel } from '../features/settings/account-panel.tsx'
import { AuditPanel } from '../features/settings/audit-panel.tsx'
import { CataloguePanel } from '../features/settings/catalogue-panel.tsx'
import { LimitsPanel } from '../features/settings/limits-panel.tsx'
import { LooksPanel } from '../features/settings/looks-panel.tsx'
import { MonthsPanel } from '../features/settings/months-panel.tsx'
import { RetentionPanel } from '../features/settings/retention-panel.tsx'
import { TokensPanel } from '../features/settings/tokens-panel.tsx'
import { UsersPanel } from '../features/settings/users-panel.tsx'
import { TabLink, TabLinks } from '../ui/tabs.tsx'

const route = getRouteApi('/inside/shell/settings')

/** Tabs for administrators. */
const ADMIN_TABS: ReadonlySet<string> = new Set(['audit', 'retention', 'users'])

const TABS = [
  { id: 'looks', word: 'Appearance', body: (): ReactNode => <LooksPanel /> },
  { id: 'account', word: 'Account', body: (problem?: string): ReactNode => <AccountPanel problem={problem} /> },
  { id: 'tokens', word: 'Tokens', body: (): ReactNode => <TokensPanel /> },
  { id: 'users', word: 'Users', body: (): ReactNode => <UsersPanel /> },
  {
    id: 'retention',
    word: 'Retention',
    body: (): ReactNode => (
      <>
        <RetentionPanel />
        <MonthsPanel />
      </>
    ),
  },
  { id: 'limits', word: 'Limits', body: (): ReactNode => <LimitsPanel /> },
  { id: 'catalogue', word: 'Catalogue', body: (): ReactNode => <CataloguePanel /> },
  { id: 'audit', word: 'Audit', body: (): ReactNode => <AuditPanel /> },
  { id: 'about', word: 'About', body: (): ReactNode => <AboutPanel /> },
] as const

/** How it looks in this browser, one's own account, what holds work back, what there is, and who may what. */
export function SettingsPage() {
  const { tab, problem } = route.useSearch()
  const isAdmin = useIsAtLeast('admin')
  const tabs = TABS.filter(({ id }) => !ADMIN_TABS.has(id) || isAdmin)
  const current = tabs.find(({ id }) => id === tab) ?? tabs[0]
  return (
    <div className="mx-auto max-w-4xl">
      <h1 className="mb-3 text-2xl">Settings</h1>
      <TabLinks label="Settings">
        {tabs.map(({ id, word }) => (
          <TabLink
            key={id}
            link={{ to: '/settings', search: { tab: id }, replace: true }}
            isCurrent={id === current?.id}
          >
            {word}
          </TabLink>
        ))}
      </TabLinks>
      <div className="mt-5 space-y-5">{current?.body(problem)}</div>
    </div>
  )
}
