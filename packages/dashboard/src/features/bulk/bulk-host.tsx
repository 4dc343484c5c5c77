import { lazy, Suspense, useEffect } from 'react'
import { useExternal } from '../../live/external.ts'
import { bulkPlan } from './bulk.ts'

const BulkDialog = lazy(async () => ({ default: (await import('./bulk-dialog.tsx')).BulkDialog }))

/** The place on a page where things are done to many jobs. */
export function BulkHost() {
  const plan = useExternal(bulkPlan)
  // A plan belongs to the page that made it.
  useEffect(() => () => bulkPlan.set(null), [])
  if (plan === null) return null
  return (
    <Suspense>
      <BulkDialog plan={plan} onClose={() => bulkPlan.set(null)} />
    </Suspense>
  )
}
