import { type FakeServer, idOf, job, json } from './world.ts'

/** Answers previews and orders of bulk operations, and the job that does them. */
export function bulkServer(server: FakeServer, change: object = {}): { orders: unknown[]; seenPreviews: unknown[] } {
  const orders: unknown[] = []
  const seenPreviews: unknown[] = []
  const preview = {
    matched: 3,
    count: 2,
    by_state: { queued: 2 },
    left: [{ reason: 'already_final', words: 'ended already', count: 1 }],
    examples: [],
    is_complete: true,
    estimate: null,
    ...change,
  }
  server.on('POST /api/jobs/bulk', (seen, response) => {
    const body = JSON.parse(seen.body)
    if (body.dry_run === true) {
      seenPreviews.push(body)
      return json(response, preview)
    }
    orders.push(body)
    json(response, { id: idOf(9), is_existing: false }, 201)
  })
  server.on(`GET /api/jobs/${idOf(9)}`, (_seen, response) =>
    json(
      response,
      job({ id: idOf(9), state: 'completed', printer: null, summary: '2 cancelled; left alone: 1 ended already' }),
    ),
  )
  return { orders, seenPreviews }
}
