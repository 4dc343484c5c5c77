import type { JobFacets } from '../src/query/facets.ts'

/** The moment the queries are asked at. */
export const NOW = Date.parse('2026-11-22T12:00:00Z')
export const HOUR = 3_600_000

/** A job that finished an hour before, with something in every field that a query can ask for. */
export const job: JobFacets = {
  id: '0190b3c4-1111-7222-8333-abcdefabcdef',
  state: 'failed',
  type: 'print.label',
  queue: 'labels',
  printer: 'Badge 01',
  pool: null,
  station: 'desk-1',
  worker: 'w1',
  createdBy: 'Anna',
  tags: { shift: 'night', test: '' },
  subject: { type: 'order', id: 'MO-8235-A' },
  description: 'Labels for the Käse order',
  summary: null,
  errorCode: 'printer_offline',
  errorMessage: 'The printer is offline',
  fingerprint: 'printer_offline.00c0ffee123456',
  itemRefs: ['BOX-7', 'BOX-8'],
  priority: 'high',
  proof: 'sent',
  waitReason: null,
  parent: null,
  retryOf: '0190b3c4-0000-7222-8333-abcdefabcdef',
  attempt: 3,
  itemsTotal: 200,
  itemsDone: 150,
  itemsFailed: 3,
  createdAtMs: NOW - 3 * HOUR,
  queuedAtMs: NOW - 2.5 * HOUR,
  startedAtMs: NOW - 2 * HOUR,
  finishedAtMs: NOW - HOUR,
  input: { order: { id: 123, lines: [{ sku: 'A' }, { sku: 'B' }] }, draft: false, note: null },
  result: { pages: 120 },
}
