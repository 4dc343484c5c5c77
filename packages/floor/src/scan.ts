import { closestTo, type NewScan, problem, type ScanMatch } from '@andon/core'
import type { FloorDatabases } from './floor-databases.ts'
import { parseJobCode } from './identifiers.ts'
import { runOne } from './passes/pass.ts'
import { operationTypes, readCatalogue } from './queries/jobmanager/catalogue.ts'
import { addScan, knownMachines, operationsOf, scanOutcome } from './queries/jobmanager/sources.ts'
import { appliedScan } from './queries/logs/scans.ts'
import { impositionsOfRunlist, jobsOfImpositions, placesOfJob, runlistsAround } from './queries/logs/runlists.ts'

/**
 * Keeps a scan and processes it at once; what it was found to be.
 *
 * @throws operations_malformed, machine_unknown when it is not kept; code_unknown, code_ambiguous when it is, set aside
 */
export async function takeScan(floor: FloorDatabases, scan: NewScan): Promise<ScanMatch> {
  await checkOperations(floor, scan.operations)
  checkMachine(floor, scan.machine_id ?? null, await knownMachines(floor.jobmanager))
  const id = await addScan(floor.jobmanager, scan)
  const { jobsUpdated } = await runOne(floor, 'scanner', { id, recentIds: floor.settings.recentIds })
  const applied = await appliedScan(floor.logs, id)
  if (applied === null) throw await refusal(floor, scan.code_text, id)
  const { operations, target, target_kind: kind } = applied
  const single = kind === 'job' ? parseJobCode(target) : null
  const impositions = single ? [] : (await impositionsOfRunlist(floor.logs, target)).map((row) => row.imposition_id)
  const jobs = single
    ? [{ job_id: single.jobId, version_tag: single.versionTag }]
    : (await jobsOfImpositions(floor.logs, impositions)).map(({ job_id, version_tag }) => ({ job_id, version_tag }))
  return {
    scan_id: id,
    code_text: scan.code_text,
    matched: single ? 'job' : 'runlist',
    runlist_id: single ? null : target,
    operations,
    impositions,
    jobs,
    jobs_updated: jobsUpdated,
  }
}

/** Words that a refusal repeats. */
const WORDS_TOLD = 5

async function checkOperations({ jobmanager }: FloorDatabases, given: unknown): Promise<void> {
  const { types, words } = await operationsOf(jobmanager, given)
  const catalogue = await readCatalogue(jobmanager)
  const known = operationTypes(catalogue)
  if (words === null || words.length === 0) {
    throw problem('operations_malformed', { field: '/operations', allowed: known })
  }
  if (!types.includes(null)) return
  const taken = new Set(catalogue.flatMap((row) => [row.operation_id.toLowerCase(), row.operation_type]))
  const unknown = words.filter((word) => !taken.has(word))
  const named = unknown.slice(0, WORDS_TOLD).map((word) => `"${word}"`)
  throw problem('operations_malformed', {
    field: '/operations',
    detail: `The catalogue does not know ${named.join(', ')}${unknown.length > WORDS_TOLD ? ' and others' : ''}.`,
    allowed: known,
  })
}

/** A shop that lists its machines takes scans of no others. */
function checkMachine({ settings }: FloorDatabases, machine: string | null, seen: readonly string[]): void {
  const { machines } = settings
  if (machines.length === 0 || (machine !== null && machines.includes(machine))) return
  throw problem('machine_unknown', {
    field: '/machine_id',
    detail: machine === null ? 'The scan names no machine.' : `There is no machine "${machine}".`,
    allowed: machines,
    extra: { candidates: closestTo(machine ?? '', [...new Set([...machines, ...seen])]) },
  })
}

async function refusal(floor: FloorDatabases, code: string, scanId: string): Promise<Error> {
  const outcome = await scanOutcome(floor.jobmanager, scanId)
  const facts = { field: '/code_text', detail: outcome?.detail ?? undefined }
  const job = parseJobCode(code)
  if (outcome?.reason === 'ambiguous_code' && job) {
    const { runlists } = await placesOfJob(floor.logs, job.jobId)
    return problem('code_ambiguous', { ...facts, extra: { scan_id: scanId, candidates: runlists } })
  }
  const candidates = closestTo(code, await runlistsAround(floor.logs, code))
  return problem('code_unknown', { ...facts, extra: { scan_id: scanId, candidates } })
}
