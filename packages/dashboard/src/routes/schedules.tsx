import { useState } from 'react'
import { ScheduleCard } from '../features/schedules/schedule-card.tsx'
import { ScheduleDialog } from '../features/schedules/schedule-dialog.tsx'
import { useSchedules } from '../features/schedules/schedules.ts'
import { useIsAtLeast } from '../features/session/session.ts'
import { Button } from '../ui/button.tsx'
import { Empty, Skeleton } from '../ui/empty.tsx'
import { plural } from '../ui/format.ts'
import { TimeAgo } from '../ui/time-ago.tsx'

/** Jobs that are made again and again, when they come next, and what became of the last ones. */
export function SchedulesPage() {
  const schedules = useSchedules()
  const [isAdding, setIsAdding] = useState(false)
  const mayAdd = useIsAtLeast('supervisor')
  const add = mayAdd ? (
    <Button look="primary" icon="plus" onClick={() => setIsAdding(true)}>
      Add schedule
    </Button>
  ) : null
  const next = schedules?.flatMap(({ next_runs: runs }) => runs.slice(0, 1)).reduce(earlier, '')
  return (
    <div className="mx-auto max-w-[100rem]">
      <header className="mb-5 flex flex-wrap items-center justify-between gap-3">
        <div>
          <h1 className="text-2xl">Schedules</h1>
          {schedules === undefined || schedules.length === 0 ? null : (
            <p className="num text-muted">
              {plural(schedules.length, 'schedule')}
              {next ? (
                <>
                  , the next run <TimeAgo at={next} />
                </>
              ) : (
                ', none is to run'
              )}
            </p>
          )}
        </div>
        {add}
      </header>
      {schedules === undefined ? (
        <Skeleton />
      ) : schedules.length === 0 ? (
        <div className="card">
          <Empty icon="calendar" title="No schedules yet" action={add}>
            A schedule makes the same job again and again: a report on weekdays at six, a cleanup every night, a sync
            every quarter of an hour. Runs that were missed are made up for once.
            {mayAdd ? '' : ' A supervisor can add one.'}
          </Empty>
        </div>
      ) : (
        <div className="grid grid-cols-1 items-start gap-5 md:grid-cols-2 2xl:grid-cols-3">
          {schedules.map((schedule) => (
            <ScheduleCard key={schedule.id} schedule={schedule} />
          ))}
        </div>
      )}
      {isAdding ? <ScheduleDialog schedule={null} onClose={() => setIsAdding(false)} /> : null}
    </div>
  )
}

/** Times of the wire sort as they follow one another; an empty text is none. */
function earlier(one: string, other: string): string {
  return one === '' || other < one ? other : one
}
