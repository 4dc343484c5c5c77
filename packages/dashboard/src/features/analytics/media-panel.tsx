import type { MediaView } from '@andon/core'
import { count } from '../../ui/format.ts'
import type { Figures } from './figures.ts'
import { BAR_COLUMN, Delta, FigurePanel, FigureTable, PartBar } from './parts.tsx'
import { amountChange, mediaName } from './words.ts'

/** What prints were made on, by size. */
export function MediaPanel({ figures }: { readonly figures: Figures<MediaView> }) {
  return (
    <FigurePanel
      title="Media used"
      figures={figures}
      emptyWords={({ current }) => (current.sheets === 0 ? 'Nothing was printed in this period.' : null)}
    >
      {({ current, previous }) => {
        const most = Math.max(1, ...current.media.map(({ sheets }) => sheets))
        const before = new Map(previous.media.map(({ media, sheets }) => [media, sheets]))
        return (
          <div className="overflow-x-auto">
            <FigureTable
              caption="Media"
              columns={['Size', BAR_COLUMN, 'Sheets', 'Jobs', 'Change of sheets']}
              rows={current.media.map(({ jobs, media, sheets }) => ({
                key: `${media}`,
                cells: [
                  <span key="name" title={media ?? undefined} className="inline-flex min-h-11 items-center">
                    {mediaName(media)}
                  </span>,
                  <PartBar key="bar" part={sheets / most} />,
                  count(sheets),
                  count(jobs),
                  <Delta key="delta" change={amountChange(sheets, before.get(media) ?? 0)} />,
                ],
              }))}
            />
          </div>
        )
      }}
    </FigurePanel>
  )
}
