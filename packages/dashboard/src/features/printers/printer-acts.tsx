import type { PrinterView } from '@andon/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { PauseDialog } from '../queues/pause-dialog.tsx'
import { useIsAtLeast } from '../session/session.ts'
import { askPrinter, pausePrinter, printTestPage, resumePrinter } from './printer-commands.ts'

/** What may be done with a printer from any page. */
export function PrinterActs({ printer }: { readonly printer: PrinterView }) {
  const [doing, setDoing] = useState<'ask' | 'pause' | 'test' | null>(null)
  const navigate = useNavigate()
  const mayAct = useIsAtLeast('operator')
  const run = async (what: 'ask' | 'test', act: () => Promise<void>) => {
    setDoing(what)
    await act()
    setDoing(null)
  }
  const open = (jobId: string) => void navigate({ to: '/jobs/$jobId', params: { jobId } })
  if (!mayAct) return null
  return (
    <div className="flex flex-wrap gap-2">
      {printer.pause === null ? (
        <Button icon="pause" onClick={() => setDoing('pause')}>
          Pause
        </Button>
      ) : (
        <Button
          icon="play"
          look={printer.pause.is_by_trouble ? 'plain' : 'primary'}
          onClick={() => void resumePrinter(printer)}
        >
          Resume
        </Button>
      )}
      <Button
        icon="printer"
        isBusy={doing === 'test'}
        onClick={() => void run('test', () => printTestPage(printer, open))}
      >
        Test page
      </Button>
      <Button icon="refresh" isBusy={doing === 'ask'} onClick={() => void run('ask', () => askPrinter(printer))}>
        Ask now
      </Button>
      {doing === 'pause' ? (
        <PauseDialog
          name={printer.name}
          what="printer"
          pause={(request) => pausePrinter(printer, request)}
          onClose={() => setDoing(null)}
        />
      ) : null}
    </div>
  )
}
