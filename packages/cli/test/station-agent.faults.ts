import { isFinal, type JobView } from '@andon/core'
import { startVirtualPrinter, type VirtualPrinter } from '@andon/print/virtual'
import type { Andon } from '@andon/sdk'
import { startZebra, type ZebraPrinter } from '@andon/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labels, openShop, type Shop } from './shop.ts'
import { Agent } from './station-agent.ts'

const ROUNDS = Number(process.env['ANDON_FAULTS_ROUNDS'] ?? 3)
const ITEMS = 50
/** For all rounds together: on a machine that has much to do one takes minutes. What hangs ends sooner. */
const LIMIT = { timeout: Math.max(600_000, ROUNDS * 300_000) }
/** Without news of a job for so long it hangs. */
const STALL_MS = 60_000

describe('an agent that is killed in the middle of a batch', () => {
  let shop: Shop
  let agent: Agent
  let badge: VirtualPrinter
  let zebra: ZebraPrinter

  beforeAll(async () => {
    shop = await openShop()
    const { andon } = shop
    badge = await startVirtualPrinter({ name: 'Badge', speed: 40 })
    zebra = await startZebra({ msPerLabel: 20 })
    await andon.stations.add({ name: 'Desk' })
    await andon.printers.add({ name: 'Badge', driver: 'ipp', uri: badge.uri, station: 'Desk' })
    await andon.printers.add({ name: 'Zebra', driver: 'raw', uri: zebra.uri, station: 'Desk' })
    agent = await Agent.for({ url: andon.url, token: shop.token, name: 'Desk' })
    await agent.start()
  })

  afterAll(async () => {
    await agent[Symbol.asyncDispose]()
    await badge.close()
    await zebra[Symbol.asyncDispose]()
    await shop[Symbol.asyncDispose]()
  })

  test(`prints each item once on a device that remembers, ${ROUNDS} times`, LIMIT, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const job = await shop.andon.print({ printer: 'Badge', items: labels(ITEMS) })
      const isOurs = (sheet: { jobName: string }): boolean => sheet.jobName.includes(job.id)
      await badge.until(({ printed }) => printed.filter(isOurs).length >= killAfter(round))
      await agent.kill()
      await agent.start()
      const ended = await ending(shop.andon, job.id)
      expect(ended, JSON.stringify(ended)).toMatchObject({ state: 'completed', items: { done: ITEMS, failed: 0 } })
      const sheets = badge.printed.filter(isOurs).map(({ jobName }) => jobName)
      expect(new Set(sheets).size).toBe(ITEMS)
      expect(sheets).toHaveLength(ITEMS)
    }
  })

  test(`asks about what nobody can know, and sends nothing twice, ${ROUNDS} times`, LIMIT, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = zebra.printed.length
      const job = await shop.andon.print({ printer: 'Zebra', items: labels(ITEMS) })
      await zebra.until(({ printed }) => printed.length - before >= killAfter(round))
      await agent.kill()
      await agent.start()
      const ended = await ending(shop.andon, job.id)
      const out = (): string[] => zebra.printed.slice(before).map(({ data }) => /Box \d+/.exec(data)?.[0] ?? '')
      // What came out is done or asked about; what is done came out.
      const { data: items } = await shop.andon.jobs.items(job.id, { limit: ITEMS })
      const inState = (state: string) => items.filter((item) => item.state === state).map(boxOf)
      expect(out()).toEqual(expect.arrayContaining(inState('done')))
      expect([...inState('done'), ...inState('unconfirmed')]).toEqual(expect.arrayContaining(out()))
      if (ended.state !== 'completed') {
        // Somebody looks at the labels and says which is the first that did not come out.
        const next = await shop.andon.jobs.confirm(job.id, { printed: false, from: out().length })
        expect(await shop.andon.jobs.wait(next.id)).toMatchObject({ state: 'completed' })
      }
      expect(out()).toEqual(labels(ITEMS).map((_, index) => `Box ${index + 1}`))
    }
  })
})

/** The job at its end, or where it asks a person. However slow it is, it is waited for while it gets on. */
async function ending(andon: Andon, id: string): Promise<JobView> {
  const stall = new AbortController()
  const timer = setTimeout(() => stall.abort(), STALL_MS)
  let last: JobView | null = null
  try {
    for await (const view of andon.jobs.watch(id, { signal: stall.signal })) {
      timer.refresh()
      last = view
      if (isFinal(view.state) || view.wait_reason === 'unconfirmed') return view
    }
  } catch (error) {
    if (!stall.signal.aborted) throw error
  } finally {
    clearTimeout(timer)
  }
  throw new Error(`it got no further: ${JSON.stringify(last)}`)
}

/** Somewhere else in each round. */
function killAfter(round: number): number {
  return 1 + ((round * 17) % (ITEMS - 5))
}

function boxOf({ index }: { readonly index: number }): string {
  return `Box ${index + 1}`
}
