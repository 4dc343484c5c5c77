import { isProblem, type SessionView } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { sessionQuery, waysQuery } from '../features/session/session.ts'
import { signInProblem } from '../features/session/sign-in-problem.ts'
import { andon, queries } from '../live/andon.ts'
import { router } from './router.tsx'
import { Button, buttonClass } from '../ui/button.tsx'
import { TextField } from '../ui/form.tsx'
import { Logo } from '../ui/logo.tsx'
import { problemWords } from '../ui/problem-words.ts'

const route = getRouteApi('/sign-in')

/** By name and password, with a provider, or by a link that works once. */
export function SignInPage() {
  const { link, next, problem } = route.useSearch()
  const [session, setSession] = useState<SessionView | null>(null)
  const goOn = () => {
    andon.live.wake()
    router.history.push(safePath(next))
  }
  const enter = (entered: SessionView) => {
    queries.setQueryData(sessionQuery.queryKey, entered)
    if (entered.must_set_password) setSession(entered)
    else goOn()
  }
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-7 flex flex-col items-center gap-3">
          <Logo size={56} />
          <p className="text-center text-muted">What runs, what stands still, and who is needed.</p>
        </div>
        {session !== null ? (
          <ChoosePassword session={session} onDone={goOn} />
        ) : link !== undefined ? (
          <ByLink link={link} onEntered={enter} />
        ) : (
          <ByPassword next={next} problem={problem} onEntered={enter} />
        )}
      </div>
    </main>
  )
}

/** Only paths of this server: a link must not lead a person who just signed in elsewhere. */
function safePath(next: string | undefined): string {
  if (next === undefined || !next.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/'
  return next.startsWith('/sign-in') ? '/' : next
}

function Card({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="card p-6 sm:p-7">
      <h1 className="mb-5 text-xl">{title}</h1>
      {children}
    </section>
  )
}

function Refusal({ text }: { readonly text: string | null }) {
  return (
    <div role="alert">
      {text === null ? null : (
        <p className="rounded-lg border border-bad-solid/40 bg-bad-soft px-3 py-2 text-sm text-bad">{text}</p>
      )}
    </div>
  )
}

function wordsOf(error: unknown): string {
  return isProblem(error) ? problemWords(error) : 'The server could not be reached.'
}

interface EnterProps {
  readonly onEntered: (session: SessionView) => void
}

function written(form: FormData, field: string): string {
  const value = form.get(field)
  return typeof value === 'string' ? value : ''
}

interface ByPasswordProps extends EnterProps {
  readonly next: string | undefined
  /** Code of what kept somebody out who comes back from the provider. */
  readonly problem: string | undefined
}

function ByPassword({ next, problem, onEntered }: ByPasswordProps) {
  const [refusal, setRefusal] = useState(() => (problem === undefined ? null : signInProblem(problem)))
  const [isBusy, setIsBusy] = useState(false)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setIsBusy(true)
    setRefusal(null)
    try {
      onEntered(await andon.session.signIn(written(form, 'name').trim(), written(form, 'password')))
    } catch (error) {
      setRefusal(wordsOf(error))
      setIsBusy(false)
    }
  }
  return (
    <Card title="Sign in to Andon">
      <form className="space-y-4" onSubmit={(event) => void submit(event)}>
        <TextField label="Name" name="name" autoComplete="username" autoCapitalize="none" required autoFocus />
        <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
        <Refusal text={refusal} />
        <Button type="submit" look="primary" isBusy={isBusy} className="w-full">
          Sign in
        </Button>
      </form>
      <WithProvider next={next} />
      <p className="mt-5 text-sm text-muted">
        No password, or lost it? Somebody with access to the server makes a sign-in link:{' '}
        <code>andon users link NAME</code>.
      </p>
    </Card>
  )
}

/** A link and no button: the browser itself has to go there. */
function WithProvider({ next }: { readonly next: string | undefined }) {
  const { data } = useQuery(waysQuery)
  const name = data?.provider?.name
  if (name === undefined) return null
  const search = next === undefined ? '' : `?${new URLSearchParams({ next }).toString()}`
  return (
    <div className="mt-4 space-y-4">
      <p className="flex items-center gap-3 text-sm text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        or
      </p>
      <a href={`/api/sign-in/provider${search}`} className={`${buttonClass()} w-full max-w-full`}>
        <span className="truncate">Sign in with {name}</span>
      </a>
    </div>
  )
}

function ByLink({ link, onEntered }: EnterProps & { readonly link: string }) {
  const [refusal, setRefusal] = useState<string | null>(null)
  const isAsked = useRef(false)
  const latest = useRef(onEntered)
  latest.current = onEntered
  useEffect(() => {
    // The link works once, and effects may run twice.
    if (isAsked.current) return
    isAsked.current = true
    andon.session.signInByLink(link).then(
      (session) => latest.current(session),
      (error: unknown) => setRefusal(wordsOf(error)),
    )
  }, [link])
  if (refusal === null) {
    return (
      <Card title="Signing in …">
        <p role="status" className="text-muted">
          One moment.
        </p>
      </Card>
    )
  }
  return (
    <Card title="This link does not work">
      <Refusal text={refusal} />
      <Button
        look="primary"
        className="mt-5 w-full"
        onClick={() => void router.navigate({ to: '/sign-in', replace: true })}
      >
        Sign in with a password
      </Button>
    </Card>
  )
}

const SHORTEST = 10

function ChoosePassword({ session, onDone }: { readonly session: SessionView; readonly onDone: () => void }) {
  const [password, setPassword] = useState('')
  const [refusal, setRefusal] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setIsBusy(true)
    try {
      await andon.session.setPassword(password)
      await queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
      onDone()
    } catch (error) {
      setRefusal(wordsOf(error))
      setIsBusy(false)
    }
  }
  return (
    <Card title={`Welcome, ${session.account.display_name}`}>
      <form className="space-y-4" onSubmit={(event) => void submit(event)}>
        <p>Choose a password, so that you can come back without a link.</p>
        <input type="text" name="username" autoComplete="username" value={session.account.name} readOnly hidden />
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          autoFocus
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          hint={`At least ${SHORTEST} characters. A few words are good.`}
        />
        <Refusal text={refusal} />
        <Button type="submit" look="primary" isBusy={isBusy} disabled={password.length < SHORTEST} className="w-full">
          Set password
        </Button>
        <Button look="quiet" className="w-full" onClick={onDone}>
          Later
        </Button>
      </form>
    </Card>
  )
}
