import { Dialog } from '../../ui/dialog.tsx'
import { SwitchField } from '../../ui/form.tsx'
import { choose, usePreferences } from '../preferences/preferences.ts'

const GROUPS = [
  {
    title: 'Everywhere',
    keys: [
      ['Ctrl K', 'Find or do anything'],
      ['g o', 'Overview'],
      ['g j', 'Jobs'],
      ['g e', 'Errors'],
      ['g p', 'Printers'],
      ['g s', 'Stations'],
      ['g f', 'Floor'],
      ['g w', 'Workers & queues'],
      ['g c', 'Schedules'],
      ['g a', 'Analytics'],
      ['g l', 'Alerts'],
      ['g ,', 'Settings'],
      ['?', 'This help'],
      ['Esc', 'Close, or let go of the selection'],
    ],
  },
  {
    title: 'Jobs',
    keys: [
      ['/', 'Write a query'],
      ['j  k', 'Next or previous row'],
      ['x', 'Select the row'],
      ['Enter', 'Open the row'],
      ['r', 'Retry the row or the selected'],
      ['c', 'Cancel the row or the selected'],
    ],
  },
  {
    title: 'Floor',
    keys: [
      ['/', 'Scan or write a code, or find a row'],
      ['j  k', 'Next or previous row'],
      ['←  →', 'Through the operations of a row'],
      ['Enter', 'Open the row'],
    ],
  },
] as const

/** Every key, and the switch that turns the single ones off. */
export function KeyHelp({ onClose }: { readonly onClose: () => void }) {
  const { hasKeys } = usePreferences()
  return (
    <Dialog isOpen isWide onClose={onClose} title="Keyboard">
      <div className="grid gap-6 sm:grid-cols-2">
        {GROUPS.map((group) => (
          <section key={group.title}>
            <h3 className="mb-2 text-sm text-muted">{group.title}</h3>
            <dl className="space-y-1.5">
              {group.keys.map(([key, what]) => (
                <div key={key} className="flex items-center gap-3">
                  <dt className="w-20">
                    <kbd className="rounded-md border border-line bg-sunken px-2 py-0.5 font-sans text-sm whitespace-pre">
                      {key}
                    </kbd>
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <div className="mt-5 border-t border-line pt-3">
        <SwitchField
          label="Single keys"
          hint="Off: only Ctrl K and Esc do something."
          isOn={hasKeys}
          onChange={(isOn) => choose({ hasKeys: isOn })}
        />
      </div>
    </Dialog>
  )
}
