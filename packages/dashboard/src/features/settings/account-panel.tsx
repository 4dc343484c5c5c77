import { isProblem } from '@andon/core'
import { type FormEvent, useState } from 'react'
import { andon, queries } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/form.tsx'
import { ask } from '../../ui/ask.tsx'
import { notify, tried } from '../../ui/notify.ts'
import { Panel } from '../../ui/panel.tsx'
import { useQuery } from '@tanstack/react-query'
import { SessionsPanel } from './sessions-panel.tsx'
import { signInProblem } from '../session/sign-in-problem.ts'
import { signOut, useSession, waysQuery } from '../session/session.ts'

export interface AccountPanelProps {
  /** Code of what kept the account from being connected to the provider. */
  readonly problem: string | undefined
}

/** One's own account: who one is, and how one signs in. */
export function AccountPanel({ problem }: AccountPanelProps) {
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
      <Provider hasIdentity={account.has_identity} problem={problem} />
      <Password hasPassword={account.has_password} />
      <SessionsPanel />
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

/** Whether one signs in with the provider of this shop, where it has one. */
function Provider({ hasIdentity, problem }: AccountPanelProps & { readonly hasIdentity: boolean }) {
  const { data } = useQuery(waysQuery)
  const name = data?.provider?.name
  if (name === undefined) return null
  const connect = async () => {
    const url = await tried(() => andon.session.connect('/settings?tab=account'))
    if (url !== null) location.assign(url)
  }
  const disconnect = async () => {
    const answer = await ask({
      title: `Disconnect from ${name}?`,
      lead: 'From then on you sign in with your password only.',
      act: 'Disconnect',
      isDangerous: true,
    })
    if (answer === null) return
    await tried(() => andon.session.disconnect())
    await queries.invalidateQueries({ queryKey: ['session'] })
  }
  return (
    <Panel title={`Sign in with ${name}`}>
      {problem === undefined ? null : (
        <p
          role="alert"
          className="mx-5 mb-3 rounded-lg border border-bad-solid/40 bg-bad-soft px-3 py-2 text-sm text-bad"
        >
          {signInProblem(problem)}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-4 px-5 pt-1 pb-5">
        <p className="min-w-60 flex-1 text-muted">
          {hasIdentity ? `Connected: you sign in with ${name}.` : 'Connect it once, and you need no password here.'}
        </p>
        {hasIdentity ? (
          <Button look="danger" onClick={() => void disconnect()}>
            Disconnect
          </Button>
        ) : (
          <Button onClick={() => void connect()}>Connect</Button>
        )}
      </div>
    </Panel>
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
