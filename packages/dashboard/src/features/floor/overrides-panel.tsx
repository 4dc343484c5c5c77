import type { FloorOverride } from '@andon/core'
import { andon } from '../../live/andon.ts'
import { askFloorAgain } from '../../live/floor.ts'
import { ask } from '../../ui/ask.tsx'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { notify, tried } from '../../ui/notify.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { useIsAtLeast } from '../session/session.ts'
import { operationWord } from './floor-words.ts'

/** What was set by hand and stands, each with who, why, and the way to lift it. */
export function Overrides({ overrides }: { readonly overrides: readonly FloorOverride[] }) {
  const mayLift = useIsAtLeast('supervisor')
  return overrides.map((override) => (
    <section
      key={override.override_id}
      aria-label={`${operationWord(override.operation_type)} is set by hand`}
      className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-xl border border-warn-solid/50 bg-warn-soft px-4 py-2.5"
    >
      <Icon name="user" size={22} className="text-warn" />
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-semibold text-warn">
          {operationWord(override.operation_type)} is set by hand to {override.value ? 'done' : 'not done'}
        </p>
        <p className="text-sm break-words">
          “{override.reason}” · {override.set_by}, <TimeAgo at={override.set_at} />
        </p>
      </div>
      {mayLift ? <Button onClick={() => void lift(override)}>Lift</Button> : null}
    </section>
  ))
}

async function lift(override: FloorOverride): Promise<void> {
  const word = operationWord(override.operation_type)
  const answer = await ask({
    title: `Lift what was set by hand?`,
    lead: `${word} of ${override.job_id} becomes again what press and scanner say of it. The history keeps both.`,
    act: 'Lift it',
  })
  if (answer === null) return
  const lifted = await tried(() => andon.floor.liftOverride(override.override_id))
  await askFloorAgain()
  if (lifted !== null) {
    void notify({
      level: 'success',
      title: `${word} of ${override.job_id} is lifted`,
      text: 'Press and scanner count again.',
    })
  }
}
