import { type DiagnosisCheck, type PrinterDiagnosis, type PrinterView, troubleshoot } from '@andon/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { tried } from '../../ui/notify.ts'
import { Panel } from '../../ui/panel.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { Steps } from '../overview/attention-list.tsx'
import { useIsAtLeast } from '../session/session.ts'
import { printTestPage } from './printer-commands.ts'

const LOOKS: Record<
  DiagnosisCheck['status'],
  { readonly icon: IconName; readonly tone: string; readonly word: string }
> = {
  ok: { icon: 'checkCircle', tone: 'text-ok', word: 'Well' },
  warning: { icon: 'alert', tone: 'text-warn', word: 'Look at it' },
  error: { icon: 'xCircle', tone: 'text-bad', word: 'Broken' },
}

/** Words for the steps that have no reason to be named by. */
const NAMES: Readonly<Record<string, string>> = {
  name: 'Name',
  address: 'Address',
  connection: 'Connection',
  protocol: 'Language',
  device: 'Printer',
  format: 'Format',
  queue: 'Queue',
  driver: 'Driver',
  station: 'Station',
  qz: 'QZ Tray',
  proof: 'Proof',
}

/** Tries the way from Andon to the paper, step by step. */
export function Diagnosis({ printer }: { readonly printer: PrinterView }) {
  const [found, setFound] = useState<PrinterDiagnosis | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const mayAct = useIsAtLeast('operator')
  const run = async () => {
    setIsBusy(true)
    setFound(await tried(() => andon.printers.diagnose(printer.name)))
    setIsBusy(false)
  }
  if (!mayAct) return null
  return (
    <Panel
      title="Diagnosis"
      aside={
        <Button isBusy={isBusy} onClick={() => void run()}>
          {found === null ? 'Diagnose' : 'Again'}
        </Button>
      }
    >
      <div aria-live="polite" className="px-5 pt-1 pb-5 text-sm">
        {found === null ? (
          <p className="text-muted">Tries the connection, the device and its settings, and says what is wrong.</p>
        ) : (
          <Found found={found} printer={printer} />
        )}
      </div>
    </Panel>
  )
}

function Found({ found, printer }: { readonly found: PrinterDiagnosis; readonly printer: PrinterView }) {
  const { checks, events } = found
  return (
    <div className="space-y-4">
      <Answered found={found} />
      <ol className="space-y-3">
        {checks.map((check) => (
          <Check key={check.name} check={check} />
        ))}
      </ol>
      {events.length === 0 ? null : <LastEvents events={events} />}
      <TestPage offer={found.test_page} printer={printer} />
    </div>
  )
}

/** What answered and how quickly; nothing when nobody did. */
function Answered({ found: { protocol, round_trip_ms: ms } }: { readonly found: PrinterDiagnosis }) {
  if (protocol === null) return null
  const version = protocol.version === null ? '' : ` ${protocol.version}`
  return (
    <p className="num text-muted">
      {protocol.name}
      {version} answers{ms === null ? '' : ` in ${ms} ms`}.
    </p>
  )
}

function Check({ check: { detail, name, status, steps, title } }: { readonly check: DiagnosisCheck }) {
  const { icon, tone, word } = LOOKS[status]
  return (
    <li className="flex gap-2.5">
      <Icon name={icon} size={19} className={`shrink-0 ${tone}`} />
      <div className="min-w-0">
        <p className="font-medium">
          {title ?? NAMES[name] ?? name}
          <span className="sr-only">: {word}</span>
        </p>
        <p className="break-words text-muted">{detail}</p>
        <Steps steps={steps} />
      </div>
    </li>
  )
}

function LastEvents({ events }: { readonly events: PrinterDiagnosis['events'] }) {
  return (
    <section aria-label="Last events">
      <h3 className="font-medium">Last events</h3>
      <ul className="mt-1 space-y-0.5 text-muted">
        {events.map(({ at, reasons, state }, index) => (
          <li key={`${at} ${index}`} className="num flex justify-between gap-3">
            <span>{reasons.map(({ raw, reason }) => troubleshoot(reason, raw).title).join(', ') || state}</span>
            <TimeAgo at={at} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function TestPage({
  offer,
  printer,
}: {
  readonly offer: PrinterDiagnosis['test_page']
  readonly printer: PrinterView
}) {
  const navigate = useNavigate()
  const open = (jobId: string) => void navigate({ to: '/jobs/$jobId', params: { jobId } })
  if (offer.is_offered) {
    return (
      <Button icon="printer" onClick={() => void printTestPage(printer, open)}>
        Print a test page
      </Button>
    )
  }
  return <p className="text-muted">A test page would only wait now: {offer.why_not ?? 'something is in the way'}.</p>
}
