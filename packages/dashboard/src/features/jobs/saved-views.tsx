import { newKey, type SavedView } from '@andon/sdk'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { andon, queries } from '../../live/andon.ts'
import { buttonClass } from '../../ui/button.tsx'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { SwitchField, TextField } from '../../ui/form.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Menu, MenuItem, MenuLabel, MenuLine } from '../../ui/menu.tsx'
import { notify, tried } from '../../ui/notify.ts'
import { useIsAtLeast } from '../session/session.ts'

interface SavedViewsProps {
  readonly q: string
  readonly onQuery: (q: string) => void
}

/** Queries that were given a name: one's own, and those that others share. */
export function SavedViews({ q, onQuery }: SavedViewsProps) {
  const [isSaving, setIsSaving] = useState(false)
  const views = useSavedViews()
  const current = views.find((view) => view.query === q)
  const remove = async (view: SavedView) => {
    await tried(() => andon.views.remove(view.id))
    await queries.invalidateQueries({ queryKey: ['views'] })
    const undo = () => void save(view)
    void notify({ level: 'info', title: 'View removed', text: view.name, action: { label: 'Undo', onPick: undo } })
  }
  return (
    <>
      <Menu
        align="start"
        trigger={
          <button type="button" className={buttonClass()}>
            <Icon name="bookmark" />
            <span className="max-w-36 truncate">{current?.name ?? 'Views'}</span>
            <Icon name="chevronDown" size={15} className="text-muted" />
          </button>
        }
      >
        <MenuLabel>Saved views</MenuLabel>
        {views.length === 0 ? (
          <p className="max-w-60 px-2.5 pb-2 text-sm text-muted">None yet. Write a query, then save it here.</p>
        ) : null}
        {views.map((view) => (
          <MenuItem
            key={view.id}
            icon={view.id === current?.id ? 'check' : 'bookmark'}
            onPick={() => onQuery(view.query)}
          >
            {view.name}
            <span className="ml-2 text-xs text-muted">
              {[view.is_shared ? 'shared' : '', view.is_default ? 'default' : ''].filter(Boolean).join(', ')}
            </span>
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem icon="plus" isDisabled={q === ''} onPick={() => setIsSaving(true)}>
          Save this query …
        </MenuItem>
        {current?.is_own !== true ? null : (
          <MenuItem icon="x" isDangerous onPick={() => void remove(current)}>
            Remove “{current.name}”
          </MenuItem>
        )}
      </Menu>
      {isSaving ? <SaveDialog q={q} onClose={() => setIsSaving(false)} /> : null}
    </>
  )
}

/** The views of the jobs page; none until they are known. */
export function useSavedViews(): readonly SavedView[] {
  const { data } = useQuery({
    queryKey: ['views'],
    queryFn: ({ signal }) => andon.views.list({ signal }),
  })
  return (data ?? []).filter((view) => view.page === 'jobs')
}

async function save(view: Omit<SavedView, 'is_own'>): Promise<SavedView | null> {
  const saved = await tried(() => andon.views.save(view))
  await queries.invalidateQueries({ queryKey: ['views'] })
  return saved
}

function SaveDialog({ q, onClose }: { readonly q: string; readonly onClose: () => void }) {
  const [name, setName] = useState('')
  const [isShared, setIsShared] = useState(false)
  const [isDefault, setIsDefault] = useState(false)
  const maySupervise = useIsAtLeast('supervisor')
  const submit = async () => {
    const view = { id: newKey(), name: name.trim(), page: 'jobs', query: q, is_shared: isShared, is_default: isDefault }
    if ((await save(view)) !== null) onClose()
  }
  return (
    <FormDialog
      onClose={onClose}
      title="Save this view"
      lead={<code className="text-sm">{q}</code>}
      act="Save view"
      leave="Not now"
      isComplete={name.trim() !== ''}
      onSubmit={() => void submit()}
    >
      <TextField
        label="Name"
        value={name}
        maxLength={100}
        autoFocus
        onChange={(event) => setName(event.target.value)}
      />
      <SwitchField
        label="Default"
        hint="Shown when the jobs page is opened."
        isOn={isDefault}
        onChange={setIsDefault}
      />
      {maySupervise ? (
        <SwitchField label="Shared" hint="Everybody sees it in their list." isOn={isShared} onChange={setIsShared} />
      ) : null}
    </FormDialog>
  )
}
