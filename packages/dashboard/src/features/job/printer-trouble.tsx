import { isFinal, type JobDetail, type PrinterView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { usePrinters } from '../../live/board.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Troubles } from '../printers/trouble.tsx'

/** What stops the printer that a print stands still at or waits for; nothing for every other job. */
export function useStoppingTroubles(job: JobDetail): PrinterView['troubles'] {
  const name = job.printer ?? job.queue
  const printer = usePrinters()?.find((one) => one.name === name)
  if (printer === undefined || isFinal(job.state) || job.wait_reason === 'unconfirmed') return []
  return printer.troubles.filter(({ severity }) => severity === 'error')
}

/** What is the matter with the printer and what to do about it, and the way there. */
export function PrinterTrouble({ job }: { readonly job: JobDetail }) {
  const troubles = useStoppingTroubles(job)
  const name = job.printer ?? job.queue
  if (troubles.length === 0) return null
  return (
    <div className="space-y-3">
      <Troubles troubles={troubles.map((trouble) => ({ ...trouble, title: `${name}: ${trouble.title}` }))} />
      <Link to="/printers/$name" params={{ name }} className={buttonClass()}>
        Open printer
        <Icon name="chevronRight" size={16} />
      </Link>
    </div>
  )
}
