import {
  FloorJobStatus,
  NewScan,
  PressRecords,
  PressRecordsKept,
  PrintOsProcessed,
  ProcessPrintOs,
  ProcessStatusUpdates,
  ScanMatch,
  StatusUpdatesProcessed,
} from '@andon/core'
import { tellFloorChanged, writeAudit } from '@andon/store'
import { Type } from 'typebox'
import { requireFloor } from '../commands/find-floor.ts'
import { runPass } from '../commands/floor-pass.ts'
import { pressRecords } from '../commands/press-records.ts'
import type { ServerContext } from '../context.ts'
import { BATCH_LIMIT_BYTES } from '../http/body.ts'
import { type Route, type Call, route } from '../http/route.ts'
import { FLOOR } from '../policies/floor.ts'
import { auditActor } from '../sign-in/actors.ts'

/** What presses, scanners and older software of the shop say and ask. */
export function floorPassRoutes(context: ServerContext): Route[] {
  return [...passRoutes(context), ...sourceRoutes(context)]
}

function passRoutes(context: ServerContext): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/process-print-os',
      tag: 'floor',
      summary: 'Works off the press records and waits for it; `force` does all of them again',
      policy: FLOOR.process,
      body: ProcessPrintOs,
      answer: { status: 200, schema: PrintOsProcessed },
      run: (call) => process(context, call, 'print_os'),
    }),
    route({
      method: 'POST',
      url: '/api/process-status-updates',
      tag: 'floor',
      summary: 'Works off press records, scans or both, and waits for it',
      policy: FLOOR.process,
      body: ProcessStatusUpdates,
      answer: { status: 200, schema: StatusUpdatesProcessed },
      run: async (call) => {
        const { source = 'both' } = call.body
        const printOs = source === 'scanner' ? null : await process(context, call, 'print_os')
        const scanner = source === 'print_os' ? null : await process(context, call, 'scanner')
        return {
          print_os_processed: printOs?.processed_count ?? 0,
          scanner_processed: scanner?.processed_count ?? 0,
          jobs_updated: (printOs?.jobs_updated ?? 0) + (scanner?.jobs_updated ?? 0),
        }
      },
    }),
    route({
      method: 'GET',
      url: '/api/job-status/:jobId',
      tag: 'floor',
      summary: 'Which operations of a job are done, with its history',
      policy: FLOOR.read,
      params: Type.Object({ jobId: Type.String({ minLength: 1, maxLength: 200 }) }),
      answer: { status: 200, schema: FloorJobStatus },
      run: ({ params }) => requireFloor(context).jobStatus(params.jobId),
    }),
  ]
}

function sourceRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'POST',
      url: '/api/print-os',
      tag: 'floor',
      summary: 'Keeps one record of a press, or up to 1,000, for the next pass',
      policy: FLOOR.record,
      body: PressRecords,
      bodyLimit: BATCH_LIMIT_BYTES,
      answer: { status: 201, schema: PressRecordsKept },
      run: async ({ body }) => ({
        ids: await requireFloor(context).addRecords(pressRecords(body)),
      }),
    }),
    route({
      method: 'POST',
      url: '/api/scans',
      tag: 'floor',
      summary: 'Takes the scan of a runlist or of a job and says what it did',
      policy: FLOOR.scan,
      body: NewScan,
      answer: { status: 201, schema: ScanMatch },
      run: async ({ actor, body, request }) => {
        const match = await requireFloor(context).scan({ ...body, user_id: body.user_id ?? actor.name })
        const { code_text: code, operations, scan_id: scanId } = match
        await writeAudit(store, auditActor(actor, request), [
          { action: 'floor.scan', target: `scan:${scanId}`, after: { code, operations } },
        ])
        const jobs = match.jobs.map(({ job_id: id }) => id)
        await tellFloorChanged(store, jobs, actor.name)
        return match
      },
    }),
  ]
}

async function process(
  context: ServerContext,
  { actor, body, reply, request }: Call<undefined, undefined, typeof ProcessPrintOs>,
  source: 'print_os' | 'scanner',
): Promise<PrintOsProcessed> {
  requireFloor(context)
  const isForced = body.force ?? false
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  if (isForced) {
    await writeAudit(context.store, auditActor(actor, request), [
      { action: 'floor.process', target: `floor:${source}`, after: { force: true } },
    ])
  }
  const signal = AbortSignal.any([gone.signal, context.stopping])
  return runPass(context.store, source, { name: actor.name, accountId: actor.accountId, isForced, signal })
}
