import { isProblem } from '@andon/core'
import { type FormEvent, useState } from 'react'
import { andon, queries } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/form.tsx'
import { notify } from '../../ui/notify.ts'
import { Panel } from '../../ui/panel.tsx'
import { signOut, useSession } from '../session/session.ts'

/** One's own account: who one is, and the password. */
export function AccountPanel() {
  const account = useSession()?.account
  if (account === undefined) return null
  return (
    <>
      <Panel title={account.display_name}>
        <dl className="grid grid-cols-2 gap-4 px-5 pt-1 pb-5 text-sm sm:grid-cols-4">
          <Fact word="Name" value={account.name} />
          <Fact word="Role" value={account.role} />
          <Fact word="Email" value={account.email ?? '–'} />
          <Fact word="Reads what jobs carry" value={account.can_read_payloads ? 'yes' : 'no'} />
        </dl>
        <div className="border-t border-line px-5 py-3.5">
          <Button icon="signOut" onClick={() => void signOut()}>
            Sign out
          </Button>
        </div>
      </Panel>
      <Password hasPassword={account.has_password} />
    </>
  )
}

function Fact({ word, value }: { readonly word: string; readonly value: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted">{word}</dt>
      <dd className="mt-0.5 truncate font-medium">{value}</dd>
    </div>
  )
}

const SHORTEST = 10

function Password({ hasPassword }: { readonly hasPassword: boolean }) {
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const [error, setError] = useState<string | null>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    try {
      await andon.session.setPassword(password, hasPassword ? current : undefined)
      await queries.invalidateQueries({ queryKey: ['session'] })
      setCurrent('')
      setPassword('')
      setError(null)
      void notify({ level: 'success', title: 'The password is changed' })
    } catch (cause) {
      setError(isProblem(cause) ? `${cause.detail} ${cause.hint}` : String(cause))
    }
  }
  return (
    <Panel title={hasPassword ? 'Change the password' : 'Choose a password'}>
      <form className="grid gap-4 px-5 pt-1 pb-5 sm:grid-cols-2" onSubmit={(event) => void submit(event)}>
        {hasPassword ? (
          <TextField
            label="Current password"
            type="password"
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        ) : null}
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          hint={`At least ${SHORTEST} characters.`}
          error={error}
        />
        <div className="sm:col-span-2">
          <Button type="submit" look="primary" disabled={password.length < SHORTEST || (hasPassword && current === '')}>
            Set password
          </Button>
        </div>
      </form>
    </Panel>
  )
}
