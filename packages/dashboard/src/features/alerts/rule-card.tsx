import type { RuleView } from '@andon/core'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { reloadAlerts } from '../../live/alerts.ts'
import { ask } from '../../ui/ask.tsx'
import { Button } from '../../ui/button.tsx'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { notify, tried } from '../../ui/notify.ts'
import { Badge } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { CHANNEL_WORDS, messageLook, quietWords } from './alerts.ts'
import { TestOutcome } from './test-outcome.tsx'

/** One rule: what it watches, how it tells, and when it did. */
export function RuleCard({
  rule,
  mayChange,
  onChange,
}: {
  readonly rule: RuleView
  readonly mayChange: boolean
  readonly onChange: (rule: RuleView) => void
}) {
  const [testId, setTestId] = useState<string | null>(null)
  return (
    <article aria-label={rule.name} className="card flex flex-col gap-3 p-5">
      <header className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h3 className="text-base leading-snug break-words">{rule.name}</h3>
          <p className="mt-0.5 break-words text-muted">When {rule.watches}</p>
        </div>
        <Badge look={ruleLook(rule)} />
      </header>
      <dl className="space-y-1.5 text-sm">
        <Fact icon="send" word="Tells">
          {CHANNEL_WORDS[rule.channel.kind]}: <span className="break-all">{rule.channel.target}</span>
        </Fact>
        <Fact icon="moon" word="Quiet time">
          {quietWords(rule.quiet)}
        </Fact>
        <Fact icon="clock" word="Told last">
          <LastTold rule={rule} />
        </Fact>
      </dl>
      {testId === null ? null : <TestOutcome key={testId} jobId={testId} onClose={() => setTestId(null)} />}
      {mayChange ? <Acts rule={rule} onTest={setTestId} onChange={() => onChange(rule)} /> : null}
    </article>
  )
}

function ruleLook({ open_alerts: open, pause }: RuleView) {
  if (pause !== null) return { word: 'Paused', icon: 'hand', tone: 'warn' } as const
  if (open > 0) return { word: `${open} open`, icon: 'alert', tone: 'bad' } as const
  return { word: 'Watching', icon: 'checkCircle', tone: 'ok' } as const
}

interface FactProps {
  readonly icon: 'send' | 'moon' | 'clock'
  readonly word: string
  readonly children: React.ReactNode
}

function Fact({ icon, word, children }: FactProps) {
  return (
    <div className="flex items-start gap-2">
      <dt className="pt-0.5 text-muted" title={word}>
        <Icon name={icon} size={16} />
        <span className="sr-only">{word}</span>
      </dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}

function LastTold({ rule: { last_notification: last } }: { readonly rule: RuleView }) {
  if (last === null) return 'Told nobody yet'
  const { word } = messageLook(last.state, false)
  return (
    <>
      {last.is_test ? 'Test' : 'Told'} <TimeAgo at={last.at} />, {word.toLowerCase()}
    </>
  )
}

interface ActsProps {
  readonly rule: RuleView
  readonly onTest: (jobId: string) => void
  readonly onChange: () => void
}

function Acts({ rule, onTest, onChange }: ActsProps) {
  const [isBusy, setIsBusy] = useState(false)
  const test = async () => {
    setIsBusy(true)
    const job = await tried(() => andon.rules.test(rule.id))
    if (job !== null) onTest(job.id)
    await reloadAlerts()
    setIsBusy(false)
  }
  const isPaused = rule.pause !== null
  return (
    <div className="mt-auto flex flex-wrap gap-2 pt-1">
      <Button icon="send" isBusy={isBusy} onClick={() => void test()}>
        Send a test
      </Button>
      <Button icon="settings" onClick={onChange}>
        Change
      </Button>
      <Button icon={isPaused ? 'play' : 'hand'} onClick={() => void setPaused(rule, !isPaused)}>
        {isPaused ? 'Resume' : 'Pause'}
      </Button>
      <Button icon="x" onClick={() => void remove(rule)}>
        Remove
      </Button>
    </div>
  )
}

/** Can be undone, but for the alerts that a pause closes. */
async function setPaused({ id, name, open_alerts: open }: RuleView, isPaused: boolean): Promise<void> {
  const changed = await tried(() => (isPaused ? andon.rules.pause(id) : andon.rules.resume(id)))
  if (changed === null) return
  await reloadAlerts()
  const undo = { label: 'Undo', onPick: () => void setPaused(changed, !isPaused) }
  const closed = open === 0 ? '' : ` ${plural(open, 'open alert was', 'open alerts were')} closed.`
  const text = isPaused ? `It watches nothing until it is resumed.${closed}` : 'It watches from now on.'
  void notify({ level: 'info', title: isPaused ? `${name} is paused` : `${name} watches`, text, action: undo })
}

async function remove({ id, name, open_alerts: open }: RuleView): Promise<void> {
  const closes = open === 0 ? '' : ` ${plural(open, 'open alert')} of it will be closed.`
  const answer = await ask({
    title: `Remove “${name}”?`,
    lead: `Nobody will be told by it any more.${closes} What it told is still listed.`,
    act: 'Remove this rule',
    isDangerous: true,
  })
  if (answer === null) return
  await tried(() => andon.rules.remove(id))
  await reloadAlerts()
}
