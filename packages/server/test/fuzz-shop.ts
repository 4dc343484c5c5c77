import { createAccount, indexJobs } from '@andon/store'
import { createSignInLink } from '../src/index.ts'
import { ORIGIN } from './fuzz-client.ts'
import { type Known, nameOf, type Operation } from './fuzz-requests.ts'
import { PIXEL, TEST, type TestServer } from './harness.ts'

/** Only a session may do these: each has an account of its own, whose other sessions may end by it. */
const BY_SESSION = [
  'GET /api/session',
  'PUT /api/session/password',
  'POST /api/session/identity',
  'DELETE /api/session/identity',
  'GET /api/sessions',
  'DELETE /api/sessions/{id}',
  'POST /api/sign-out',
]
const REFRESH = 'POST /gateways/cidx/auth/refresh'
/** Somebody who signs in by this password. */
const GUEST = { name: 'guest', password: 'correct horse battery' }
/** What requests that remove something find, so that the others find theirs. */
const SPARE = 'spare'
const DAY_MS = 86_400_000

/** What the requests of one round go by. */
export interface Round {
  /** What is there, for one operation. */
  readonly known: (operation: Operation) => Known
  /** Headers of who asks what a token cannot, by operation. */
  readonly credentials: ReadonlyMap<string, Readonly<Record<string, string>>>
}

/** A job that is held. */
interface Held {
  readonly id: string
  readonly lease_token: string
}

/** Keeps one of each thing there, and knows what is there, so that requests get as far as they can. */
export class FuzzShop {
  readonly #andon: TestServer

  constructor(andon: TestServer) {
    this.#andon = andon
  }

  /** Who signs in, round after round. */
  async furnish(): Promise<void> {
    for (const name of [...BY_SESSION, GUEST.name]) {
      await createAccount(this.#andon.store, { name, role: 'admin' }, TEST)
    }
    const headers = await this.#signIn(GUEST.name)
    await this.#andon.call('PUT', '/api/session/password', { as: null, body: { password: GUEST.password }, headers })
  }

  /** Makes again what was removed, renamed or used up, and looks what there is. */
  async openRound(): Promise<Round> {
    await this.#replenish()
    const held = await this.#holdJobs()
    return { known: await this.#lookUp(held), credentials: await this.#signInAll() }
  }

  async #post(path: string, body: object, headers: Record<string, string> = {}) {
    return (await this.#andon.call('POST', path, { body, headers })).body
  }

  async #replenish(): Promise<void> {
    for (const name of ['P', 'Q', SPARE]) {
      await this.#post('/api/printers', { name, driver: 'raw', uri: 'socket://127.0.0.1:9', is_unchecked: true })
    }
    for (const name of ['pool', `${SPARE} pool`]) await this.#post('/api/pools', { name })
    for (const name of ['desk-1', SPARE]) await this.#post('/api/machines', { name })
    const channel = { kind: 'webhook', url: 'https://hooks.example/x' }
    for (const name of ['failures', SPARE]) {
      await this.#post('/api/rules', { name, condition: { on: 'job_failed' }, channel })
      await this.#post('/api/schedules', { name, cron: '0 3 * * *', job: { type: 'a.b' } })
    }
    await this.#post('/api/users', { name: 'somebody', role: 'viewer' })
    await this.#post('/api/tokens', { name: SPARE, account: 'somebody', scopes: ['read'] })
    await this.#andon.call('POST', '/api/documents?name=a.png', {
      raw: PIXEL,
      headers: { 'content-type': 'image/png' },
    })
    await this.#post('/api/queues/default/limits', {
      slots: null,
      depth_limit: null,
      rate_limit: null,
      rate_per_ms: null,
    })
    await this.#post('/api/queues/default/resume', {})
    await this.#post('/api/workers', { name: 'w1', types: ['a.b', 'print.zpl'], slots: 20, lease_ms: 600_000 })
    await this.#post('/api/workers', { name: SPARE, types: ['a.b'] })
  }

  /** Jobs that wait, that failed, and that are held, these for the calls that need a lease. */
  async #holdJobs(): Promise<readonly Held[]> {
    for (let at = 0; at < 12; at += 1) await this.#post('/api/jobs', { type: 'a.b', items: [{}, {}], priority: 'high' })
    const zpl = { printer: 'P', items: [{ zpl: '^XA^XZ' }] }
    await this.#post('/api/print', zpl)
    // A worker of its own: one that was drained gets nothing.
    const wanted = { worker: `w${this.#andon.store.newId()}`, types: ['a.b'], limit: 8, lease_ms: 600_000 }
    const { data = [] } = await this.#post('/api/workers/claim', wanted)
    const [failing, ...held] = data as Held[]
    if (failing === undefined) return []
    const failed = { lease_token: failing.lease_token, message: 'made to fail', retryable: false }
    await this.#post(`/api/jobs/${failing.id}/fail`, failed)
    await indexJobs(this.#andon.store, [failing.id])
    return held
  }

  async #signIn(name: string): Promise<Record<string, string>> {
    const { link } = await createSignInLink(this.#andon.store, name)
    const headers = { origin: ORIGIN }
    const answer = await this.#andon.call('POST', '/api/sign-in/link', { as: null, body: { link }, headers })
    return { ...headers, cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
  }

  async #signInAll(): Promise<Round['credentials']> {
    const credentials = new Map<string, Record<string, string>>()
    for (const operation of BY_SESSION) credentials.set(operation, await this.#signIn(operation))
    const body = { username: GUEST.name, password: GUEST.password }
    const { access_token: token } = await this.#post('/gateways/cidx/auth/login', body, { origin: ORIGIN })
    credentials.set(REFRESH, { authorization: `Bearer ${token}` })
    return credentials
  }

  async #texts(sql: string): Promise<string[]> {
    const { rows } = await this.#andon.store.pool.query<{ text: string }>(sql)
    return rows.map(({ text }) => text)
  }

  #newest(table: string, where = 'true'): Promise<string[]> {
    return this.#texts(`select id::text as text from ${table} where ${where} order by id desc limit 10`)
  }

  async #lookUp(held: readonly Held[]): Promise<Round['known']> {
    const everywhere = await this.#everywhere()
    const places = Object.entries(await this.#places())
    const spares = Object.entries(await this.#spares())
    return ({ method, path }) => {
      const of = (known: typeof places) => known.find(([prefix]) => path.startsWith(prefix))?.[1]
      const isEnding = method === 'DELETE' || /abandon|unregister/.test(path)
      return {
        ...everywhere,
        ...of(places),
        ...heldFor(nameOf({ method, path }), held),
        ...(isEnding ? of(spares) : {}),
      }
    }
  }

  async #everywhere(): Promise<Known> {
    const jobs = [...(await this.#newest('job')), ...(await this.#newest('job_done'))]
    const lanes = await this.#texts(`select id::text as text from lane where name in ('default', 'P')`)
    const { link } = await createSignInLink(this.#andon.store, GUEST.name)
    return {
      account: ['somebody'],
      code_text: ['RL-1'],
      cron: ['0 3 * * *', '*/5 9-17 * * 1-5'],
      cursor: ['0', '1', '2'],
      document_id: await this.#newest('document'),
      fingerprint: await this.#texts('select fingerprint as text from error_cause order by id desc limit 3'),
      ids: jobs,
      job: jobs,
      job_id: jobs,
      jobId: ['4604_5889'],
      lane_id: lanes,
      lease: await this.#texts(`select fence::text as text from worker where name = 'w1' and stopped_at is null`),
      link: [link],
      machine_id: ['desk-1'],
      month: ['202601'],
      password: [GUEST.password],
      pool: ['pool'],
      printer: ['P', 'Q'],
      queue: ['default'],
      queue_ids: lanes,
      since: [new Date(Date.now() - 3 * DAY_MS).toISOString()],
      station: ['desk-1'],
      time_zone: ['Europe/Berlin'],
      type: ['a.b', 'print.zpl'],
      types: ['a.b'],
      until: [new Date(Date.now() + DAY_MS).toISOString()],
      uri: ['socket://127.0.0.1:9'],
      url: ['https://hooks.example/y'],
      username: [GUEST.name],
      wait_ms: ['0', '1', '20'],
      zone: ['Europe/Berlin'],
    }
  }

  /** What stands in the addresses, and what may be a name there. The longer beginnings come first. */
  async #places(): Promise<Record<string, Known>> {
    const jobs = [...(await this.#newest('job')), ...(await this.#newest('job_done'))]
    return {
      '/api/jobs': { id: jobs, index: ['0', '1'] },
      '/api/printers': { name: ['P', 'Q'] },
      '/api/pools': { name: ['pool'] },
      '/api/queues': { name: ['default', 'P', 'pool'] },
      '/api/users': { name: ['somebody'] },
      '/api/sign-in': { name: [GUEST.name] },
      '/api/sessions': { id: await this.#newest('session') },
      '/api/workers': { id: await this.#newest('worker', `name = 'w1' and stopped_at is null`) },
      '/api/machines': { machine: ['desk-1'], name: ['desk-1'] },
      '/api/rules': { id: await this.#newest('rule', `name <> '${SPARE}' and removed_at is null`), name: ['failures'] },
      '/api/alerts': { id: await this.#newest('alert') },
      '/api/schedules': { id: await this.#newest('schedule', `name <> '${SPARE}'`), name: ['failures'] },
      '/api/views': { id: await this.#newest('saved_view') },
      '/api/documents': { id: await this.#newest('document'), page: ['1'] },
      '/gateways': { id: jobs },
      '/api/floor/runlists': { id: ['RL-1'] },
      '/api/floor/impositions': { id: ['IMP-1'] },
      '/api/floor': { id: ['4604_5889', '1'] },
    }
  }

  async #spares(): Promise<Record<string, Known>> {
    return {
      '/api/printers': { name: [SPARE] },
      '/api/pools': { name: [`${SPARE} pool`] },
      '/api/machines': { machine: [SPARE] },
      '/api/rules': { id: await this.#newest('rule', `name = '${SPARE}' and removed_at is null`) },
      '/api/schedules': { id: await this.#newest('schedule', `name = '${SPARE}'`) },
      '/api/tokens': { id: await this.#newest('api_token', `name = '${SPARE}' and revoked_at is null`) },
      '/api/workers': {
        id: await this.#newest('worker', `name = '${SPARE}' and stopped_at is null`),
        lease: await this.#texts(
          `select fence::text as text from worker where name = '${SPARE}' and stopped_at is null`,
        ),
      },
    }
  }
}

/** Calls about one job by its lease: each has a job of its own, since some of them end it. */
function heldFor(name: string, held: readonly Held[]): Known {
  const calls = ['heartbeat', 'progress', 'logs', 'items', 'complete', 'fail']
  const at = calls.findIndex((call) => name === `POST /api/jobs/{id}/${call}`)
  const job = held[at]
  return job === undefined ? {} : { id: [job.id], lease_token: [job.lease_token] }
}
