import type { CreateToken, TokenView } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { andon, queries } from '../../live/andon.ts'
import { ask } from '../../ui/ask.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { SelectField, TextField } from '../../ui/form.tsx'
import { notify, tried } from '../../ui/notify.ts'
import { Panel } from '../../ui/panel.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { useStations } from '../stations/stations.ts'

const SCOPES = [
  ['read', 'Read jobs and printers'],
  ['jobs', 'Create, cancel and retry jobs'],
  ['printers', 'Pause and change printers'],
  ['payloads', 'Read what jobs carry'],
  ['worker', 'Run jobs'],
  ['station', 'Drive the printers of a station'],
  ['gateway', 'Speak as another system (gateways)'],
  ['admin', 'Everything'],
] as const satisfies readonly (readonly [TokenView['scopes'][number], string])[]

const LIVES = [
  { value: '7', label: 'In a week' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
  { value: '', label: 'Never' },
] as const

const DAY_MS = 86_400_000

/** Keys for programs: each may do just what it is made for. */
export function TokensPanel() {
  const { data } = useQuery({ queryKey: ['tokens'], queryFn: ({ signal }) => andon.tokens.list({ signal }) })
  const [isMaking, setIsMaking] = useState(false)
  const valid = data?.filter((token) => token.revoked_at === null)
  return (
    <Panel
      title="Tokens"
      aside={
        <Button icon="plus" onClick={() => setIsMaking(true)}>
          New token
        </Button>
      }
    >
      {valid === undefined ? (
        <Skeleton rows={3} />
      ) : valid.length === 0 ? (
        <Empty icon="key" title="No tokens">
          Programs sign in with a token: the CLI, workers, an ERP.
        </Empty>
      ) : (
        <ul className="mt-2 divide-y divide-line">
          {valid.map((token) => (
            <TokenRow key={token.id} token={token} />
          ))}
        </ul>
      )}
      {isMaking ? <NewToken onClose={() => setIsMaking(false)} /> : null}
    </Panel>
  )
}

function TokenRow({ token }: { readonly token: TokenView }) {
  const revoke = async () => {
    const answer = await ask({
      title: `Revoke “${token.name}”?`,
      lead: 'Programs that use it are refused at once, and their live streams are closed. It cannot be had back.',
      act: 'Revoke this token',
      isDangerous: true,
    })
    if (answer === null) return
    await tried(() => andon.tokens.revoke(token.id))
    await queries.invalidateQueries({ queryKey: ['tokens'] })
  }
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-1 px-5 py-2.5">
      <div className="min-w-48 flex-1">
        <p className="font-medium">{token.name}</p>
        <p className="text-sm text-muted">
          <code>{token.prefix}…</code> · {token.account} · {token.scopes.join(', ')}
          {token.station === null ? null : ` · only for ${token.station}`}
        </p>
      </div>
      <p className="text-sm text-muted">
        {token.last_used_at === null ? (
          'never used'
        ) : (
          <>
            used <TimeAgo at={token.last_used_at} />
          </>
        )}
        <span className="block">
          {token.expires_at === null ? (
            'never expires'
          ) : (
            <>
              expires <TimeAgo at={token.expires_at} />
            </>
          )}
        </span>
      </p>
      <Button look="danger" onClick={() => void revoke()}>
        Revoke
      </Button>
    </li>
  )
}

function NewToken({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly TokenView['scopes'][number][]>(['read'])
  const [station, setStation] = useState('')
  const [days, setDays] = useState('90')
  const [secret, setSecret] = useState<string | null>(null)
  const stations = useStations() ?? []
  const isOfStation = scopes.includes('station')
  const make = async () => {
    const tie = isOfStation && station !== '' ? { station } : {}
    const expiresAt = days === '' ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString()
    const wanted: CreateToken = { name: name.trim(), scopes: [...scopes], expires_at: expiresAt, ...tie }
    const made = await tried(() => andon.tokens.create(wanted))
    if (made === null) return
    setSecret(made.token)
    await queries.invalidateQueries({ queryKey: ['tokens'] })
  }
  if (secret !== null) return <Secret secret={secret} isForReading={scopes.join() === 'read'} onClose={onClose} />
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="New token"
      lead="A program that has it acts as you, within what is ticked here."
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button look="primary" disabled={name.trim() === '' || scopes.length === 0} onClick={() => void make()}>
            Make token
          </Button>
        </>
      }
    >
      <TextField
        label="What is it for?"
        placeholder="ERP"
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <div className="mt-4">
        <SelectField
          label="It expires"
          options={LIVES}
          value={days}
          onChange={(event) => setDays(event.target.value)}
        />
      </div>
      <fieldset className="mt-4">
        <legend className="mb-1 text-sm font-medium">It may</legend>
        {SCOPES.map(([scope, word]) => (
          <label key={scope} className="flex min-h-11 cursor-pointer items-center gap-3">
            <input
              type="checkbox"
              checked={scopes.includes(scope)}
              onChange={(event) =>
                setScopes(event.target.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))
              }
              className="size-4.5 accent-[var(--accent)]"
            />
            {word}
          </label>
        ))}
      </fieldset>
      {isOfStation ? (
        <SelectField
          label="It speaks for"
          options={[
            { value: '', label: 'Any station' },
            ...stations.map((one) => ({ value: one.name, label: one.name })),
          ]}
          value={station}
          onChange={(event) => setStation(event.target.value)}
          hint="Any station needs the role supervisor; the token of an operator is for one."
        />
      ) : null}
    </Dialog>
  )
}

interface SecretProps {
  readonly secret: string
  /** It may only read: it can show the wall board. */
  readonly isForReading: boolean
  readonly onClose: () => void
}

function Secret({ secret, isForReading, onClose }: SecretProps) {
  const copy = async (text: string) => {
    await navigator.clipboard.writeText(text)
    void notify({ level: 'success', title: 'Copied' })
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Copy it now"
      lead="This is the only time that the token is shown."
      footer={
        <>
          <Button onClick={onClose}>I have it</Button>
          {isForReading ? (
            <Button icon="expand" onClick={() => void copy(`${location.origin}/board#token=${secret}`)}>
              Copy board link
            </Button>
          ) : null}
          <Button look="primary" icon="copy" onClick={() => void copy(secret)}>
            Copy
          </Button>
        </>
      }
    >
      <code className="block rounded-xl border border-line bg-sunken p-4 text-sm break-all select-all">{secret}</code>
    </Dialog>
  )
}
