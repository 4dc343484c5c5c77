import type { CleanedView, JobDetail } from '@andon/core'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'

/** Says that what a job left was cleaned, in the place where it would be looked for. */
export function CleanedNote({ job, of }: { readonly job: JobDetail; readonly of: 'items' | 'log_lines' }) {
  const { cleaned } = job
  if (cleaned === null || wentOf(cleaned, of) === 0) return null
  return (
    <p className="mx-5 mt-5 flex items-start gap-3 rounded-xl border border-line bg-sunken p-4 text-sm">
      <Icon name="clock" size={18} />
      <span>
        {wentWords(cleaned, of)} cleaned <TimeAgo at={cleaned.at} />, by the rule “{cleaned.rule}”.
        {of === 'items' ? ' What became of each is still known; it cannot be printed again.' : ''}
      </span>
    </p>
  )
}

function wentOf({ documents, items, log_lines: lines }: CleanedView, of: 'items' | 'log_lines'): number {
  return of === 'items' ? items + documents : lines
}

function wentWords({ documents, items, log_lines: lines }: CleanedView, of: 'items' | 'log_lines'): string {
  if (of === 'log_lines') return `${plural(lines, 'line')} ${lines === 1 ? 'was' : 'were'}`
  if (items === 0) return 'The document was'
  const what = items === 1 ? 'The content of 1 item' : `The contents of ${plural(items, 'item')}`
  return `${what}${documents === 0 ? '' : ' and the document'} ${items === 1 && documents === 0 ? 'was' : 'were'}`
}
