import type { AccountView, ChangeAccount, CreateAccount } from '@andon/core'
import { isProblem } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { andon, queries } from '../../live/andon.ts'
import { ask } from '../../ui/ask.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Skeleton } from '../../ui/empty.tsx'
import { FormDialog, useSubmission } from '../../ui/form-dialog.tsx'
import { SelectField, SwitchField, TextField } from '../../ui/form.tsx'
import { notify, tried } from '../../ui/notify.ts'
import { Panel } from '../../ui/panel.tsx'
import { Initials } from '../shell/account-button.tsx'

const ROLES = [
  { value: 'viewer', label: 'Viewer: sees' },
  { value: 'operator', label: 'Operator: also cancels, retries, pauses' },
  { value: 'supervisor', label: 'Supervisor: also confirms, changes printers' },
  { value: 'admin', label: 'Administrator: everything' },
] as const

/** Who has an account, and what each may do. */
export function UsersPanel() {
  const { data } = useQuery({ queryKey: ['users'], queryFn: ({ signal }) => andon.users.list({ signal }) })
  const [editing, setEditing] = useState<AccountView | 'new' | null>(null)
  const [linked, setLinked] = useState<string | null>(null)
  return (
    <Panel
      title="Users"
      aside={
        <Button icon="plus" onClick={() => setEditing('new')}>
          New user
        </Button>
      }
    >
      {data === undefined ? (
        <Skeleton />
      ) : (
        <ul className="mt-2 divide-y divide-line">
          {data.map((account) => (
            <li key={account.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-2.5">
              <Initials name={account.display_name} />
              <div className="min-w-40 flex-1">
                <p className={`font-medium ${account.disabled_at === null ? '' : 'text-muted line-through'}`}>
                  {account.display_name}
                </p>
                <p className="text-sm text-muted">
                  {account.name}
                  {account.disabled_at === null ? '' : ' · disabled'}
                  {account.has_identity ? ' · with the provider' : account.has_password ? '' : ' · no password yet'}
                </p>
              </div>
              <span className="text-sm capitalize">{account.role}</span>
              <Button onClick={() => setEditing(account)}>Change</Button>
              {account.disabled_at === null ? (
                <Button icon="link" onClick={() => setLinked(account.name)}>
                  Sign-in link
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {editing === null ? null : (
        <UserDialog account={editing === 'new' ? null : editing} onAdded={setLinked} onClose={() => setEditing(null)} />
      )}
      {linked === null ? null : <LinkDialog name={linked} onClose={() => setLinked(null)} />}
    </Panel>
  )
}

interface UserDialogProps {
  /** Null: a new one. */
  readonly account: AccountView | null
  /** Called with the name of a new one, who needs a link for the first visit. */
  readonly onAdded: (name: string) => void
  readonly onClose: () => void
}

function UserDialog({ account, onAdded, onClose }: UserDialogProps) {
  const [name, setName] = useState(account?.name ?? '')
  const [display, setDisplay] = useState(account?.display_name ?? '')
  const [role, setRole] = useState<AccountView['role']>(account?.role ?? 'operator')
  const [canRead, setCanRead] = useState(account?.can_read_payloads ?? false)
  const { forget, isBusy, refusal, submit } = useSubmission(async () => {
    const parts = {
      role,
      can_read_payloads: canRead,
      ...(display.trim() === '' ? {} : { display_name: display.trim() }),
    }
    if (account === null) await create({ name: name.trim(), ...parts })
    else await change(account.name, parts)
    onClose()
    if (account === null) onAdded(name.trim())
  })
  return (
    <FormDialog
      onClose={onClose}
      title={account === null ? 'New user' : account.display_name}
      act={account === null ? 'Make user' : 'Save'}
      leave="Not now"
      isComplete={name.trim() !== ''}
      isBusy={isBusy}
      refusal={refusal}
      onSubmit={submit}
      {...(account === null ? {} : { instead: <ToggleUser account={account} onDone={onClose} /> })}
    >
      <TextField
        label="Name"
        value={name}
        readOnly={account !== null}
        maxLength={100}
        autoCapitalize="none"
        onChange={(event) => {
          forget()
          setName(event.target.value)
        }}
        hint={account === null ? 'For signing in; letters, figures, dot, dash.' : undefined}
      />
      <TextField
        label="Shown as"
        value={display}
        maxLength={200}
        onChange={(event) => setDisplay(event.target.value)}
      />
      <SelectField
        label="Role"
        options={ROLES}
        value={role}
        onChange={(event) => setRole(ROLES.find(({ value }) => value === event.target.value)?.value ?? 'viewer')}
      />
      <SwitchField
        label="May read what jobs carry"
        hint="Input, result and label data."
        isOn={canRead}
        onChange={setCanRead}
      />
    </FormDialog>
  )
}

interface ToggleUserProps {
  readonly account: AccountView
  readonly onDone: () => void
}

function ToggleUser({ account, onDone }: ToggleUserProps) {
  const isEnabled = account.disabled_at === null
  return (
    <Button look={isEnabled ? 'danger' : 'plain'} onClick={() => void toggle(account).then(onDone)}>
      {isEnabled ? 'Disable' : 'Enable'}
    </Button>
  )
}

async function create(account: CreateAccount): Promise<void> {
  await andon.users.create(account)
  await queries.invalidateQueries({ queryKey: ['users'] })
}

/** A link is made when it is asked for here, and shown this once. */
function LinkDialog({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const { data, error } = useQuery({
    queryKey: ['sign-in-link', name],
    queryFn: () => andon.users.link(name),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  const address = data === undefined ? null : `${location.origin}/sign-in?link=${data.link}`
  const copy = async (text: string) => {
    await navigator.clipboard.writeText(text)
    void notify({ level: 'success', title: 'Copied' })
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Sign-in link for ${name}`}
      lead="It signs them in once, within a day. Give it to nobody else: whoever opens it is them."
      footer={
        <>
          <Button onClick={onClose}>Done</Button>
          <Button
            look="primary"
            icon="copy"
            disabled={address === null}
            onClick={() => void (address === null ? null : copy(address))}
          >
            Copy
          </Button>
        </>
      }
    >
      {error !== null ? (
        <p role="alert" className="text-bad">
          {isProblem(error) ? `${error.detail} ${error.hint}` : String(error)}
        </p>
      ) : address === null ? (
        <Skeleton rows={1} />
      ) : (
        <code className="block rounded-xl border border-line bg-sunken p-4 text-sm break-all select-all">
          {address}
        </code>
      )}
    </Dialog>
  )
}

async function change(name: string, parts: ChangeAccount): Promise<void> {
  await andon.users.change(name, parts)
  await queries.invalidateQueries({ queryKey: ['users'] })
}

async function toggle(account: AccountView): Promise<void> {
  if (account.disabled_at !== null) return void (await tried(() => change(account.name, { is_disabled: false })))
  const answer = await ask({
    title: `Disable ${account.display_name}?`,
    lead: 'The account is signed out everywhere and its tokens stop working. Jobs and history stay. It can be enabled again.',
    act: 'Disable this account',
    isDangerous: true,
  })
  if (answer !== null) await tried(() => change(account.name, { is_disabled: true }))
}
