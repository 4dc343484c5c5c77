import type { PrinterView } from '@andon/core'
import type { ReactNode } from 'react'
import { Panel } from '../../ui/panel.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { PROOF_WORDS } from '../jobs/job-words.ts'
import { Failover } from './failover.tsx'

const DRIVER_WORDS: Record<PrinterView['driver'], string> = {
  ipp: 'IPP',
  raw: 'Port 9100',
  qz: 'QZ Tray',
  http: 'Print server',
  virtual: 'Virtual',
}

/** What it is and what it can. */
export function PrinterFacts({ printer }: { readonly printer: PrinterView }) {
  const able = printer.capabilities
  return (
    <Panel title="About it">
      <dl className="num grid grid-cols-2 gap-x-5 gap-y-3.5 px-5 pt-1 pb-5 text-sm">
        <Fact word="Last confirmed print">
          <TimeAgo at={printer.last_confirmed_at} />
        </Fact>
        <Fact word="Answered">
          <TimeAgo at={printer.answered_at} />
        </Fact>
        <Fact word="Connection">{DRIVER_WORDS[printer.driver]}</Fact>
        <Fact word="Model">{printer.model ?? 'unknown'}</Fact>
        <Fact word="Address" isWide>
          <code className="text-xs break-all">{printer.uri}</code>
        </Fact>
        <Fact word="When in trouble" isWide>
          <Failover printer={printer} />
        </Fact>
        {able === null ? null : (
          <>
            <Fact word="Best proof" isWide>
              {PROOF_WORDS[able.proof]}
              {able.proof === 'confirmed' ? '' : ': its jobs end as “sent, not confirmed”'}
            </Fact>
            <Fact word="Formats" isWide>
              <span className="text-xs break-words">{able.formats.join(', ')}</span>
            </Fact>
            {able.media.length === 0 ? null : (
              <Fact word="Media" isWide>
                <span className="text-xs break-words">{able.media.slice(0, 8).join(', ')}</span>
              </Fact>
            )}
          </>
        )}
        {printer.message === null ? null : (
          <Fact word="The device says" isWide>
            {printer.message}
          </Fact>
        )}
      </dl>
    </Panel>
  )
}

function Fact({
  word,
  children,
  isWide = false,
}: {
  readonly word: string
  readonly children: ReactNode
  readonly isWide?: boolean
}) {
  return (
    <div className={isWide ? 'col-span-2' : 'min-w-0'}>
      <dt className="text-muted">{word}</dt>
      <dd className="mt-0.5">{children}</dd>
    </div>
  )
}
