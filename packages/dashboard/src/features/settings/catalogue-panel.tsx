import { ErrorCodes } from '../catalogue/error-codes.tsx'
import { JobTypes } from '../catalogue/job-types.tsx'
import { OperationList } from '../catalogue/operation-list.tsx'
import { useIsAtLeast } from '../session/session.ts'

/** What there is: types of jobs, operations of the floor, and error codes. */
export function CataloguePanel() {
  const seesAllJobs = useIsAtLeast('supervisor')
  return (
    <>
      {seesAllJobs ? <JobTypes /> : null}
      <OperationList />
      <ErrorCodes />
    </>
  )
}
