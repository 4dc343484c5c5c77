import type { PrinterView } from '@andon/core'
import type { DiagnosisView } from '@andon/sdk'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { tried } from '../../ui/notify.ts'
import { Panel } from '../../ui/panel.tsx'
import { useIsAtLeast } from '../session/session.ts'

const LOOKS: Record<
  DiagnosisView['status'],
  { readonly icon: IconName; readonly tone: string; readonly word: string }
> = {
  ok: { icon: 'checkCircle', tone: 'text-ok', word: 'Well' },
  warning: { icon: 'alert', tone: 'text-warn', word: 'Look at it' },
  error: { icon: 'xCircle', tone: 'text-bad', word: 'Broken' },
}

/** Tries the way from the server to the paper, step by step. */
export function Diagnosis({ printer }: { readonly printer: PrinterView }) {
  const [steps, setSteps] = useState<readonly DiagnosisView[] | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const mayAct = useIsAtLeast('operator')
  const run = async () => {
    setIsBusy(true)
    setSteps(await tried(() => andon.printers.diagnose(printer.name)))
    setIsBusy(false)
  }
  if (!mayAct) return null
  return (
    <Panel
      title="Diagnosis"
      aside={
        <Button isBusy={isBusy} onClick={() => void run()}>
          {steps === null ? 'Diagnose' : 'Again'}
        </Button>
      }
    >
      <div aria-live="polite" className="px-5 pt-1 pb-5 text-sm">
        {steps === null ? (
          <p className="text-muted">Tries the connection, the device and its settings, and says what is wrong.</p>
        ) : (
          <ol className="space-y-2.5">
            {steps.map(({ name, status, detail }) => (
              <li key={name} className="flex gap-2.5">
                <Icon name={LOOKS[status].icon} size={19} className={LOOKS[status].tone} />
                <span>
                  <span className="font-medium">
                    {name}
                    <span className="sr-only">: {LOOKS[status].word}</span>
                  </span>
                  <span className="block text-muted">{detail}</span>
                </span>
              </li>
            ))}
          </ol>
        )}
      </div>
    </Panel>
  )
}
