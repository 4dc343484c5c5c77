import { expect, test } from 'vitest'
import { job, json, page, shop } from './world.ts'

/** Lists that may be empty: the address that each reads, and a field that its rows have. */
const LISTS: Readonly<Record<string, readonly [path: string, field: string]>> = {
  'rules alerts': ['/api/alerts', 'title'],
  'analytics failures': ['/api/analytics/failures', 'rate_before'],
  audit: ['/api/audit', 'action'],
  'errors list': ['/api/errors', 'fingerprint'],
  'floor errors': ['/api/floor/errors', 'reason'],
  'history list': ['/api/history', 'month'],
  'jobs list': ['/api/jobs', 'items.done'],
  'jobs logs 0199aaaa-0000-7000-8000-000000000001': ['/api/jobs/0199aaaa-0000-7000-8000-000000000001/logs', 'message'],
  'pools list': ['/api/pools', 'name'],
  'printers discover': ['/api/printers/discover', 'uri'],
  'printers list': ['/api/printers', 'troubles'],
  'queues list': ['/api/queues', 'running'],
  'rules list': ['/api/rules', 'condition'],
  'schedules list': ['/api/schedules', 'cron'],
  'stations list': ['/api/machines', 'name'],
  'tokens list': ['/api/tokens', 'scopes'],
  'users list': ['/api/users', 'role'],
  'workers list': ['/api/workers', 'types'],
}

const NOTHING = { groups: [], reasons: [], jobs: 0, failed: 0, rate: null }
/** Empty in the form of each answer. */
const EMPTY = {
  ...page([]),
  total: null,
  starts: [],
  bucket: 'day',
  by: 'printer',
  current: NOTHING,
  previous: NOTHING,
}

test.each(Object.entries(LISTS))('%s refuses a field that no row would have', async (command, [path, field]) => {
  await using it = await shop()
  it.server.on(`GET ${path}`, (_seen, response) => json(response, EMPTY))
  it.server.on('GET /api/jobs/0199aaaa-0000-7000-8000-000000000001', (_seen, response) => json(response, job()))
  const refused = await it.andon([...command.split(' '), '--json', 'nonsense'])
  expect(refused).toMatchObject({ code: 2, out: '' })
  expect(refused.err).toContain('There is no field "nonsense".')
  expect(refused.err).toContain(`${field.split('.')[0]}`)
  expect(await it.andon([...command.split(' '), '--json', field])).toMatchObject({ code: 0, out: '[]\n' })
})
