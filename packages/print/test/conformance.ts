import { randomUUID } from 'node:crypto'
import { type PrintDriver, type PrinterAddress, type PrintRequest, pausesQueue } from '@andon/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDriver } from '../src/drivers.ts'
import { newRequest, print, silentReport, type Watched } from './requests.ts'

/** A device or server that a driver is tried against. What a peer cannot do is null, and its cases are left out. */
export interface Peer {
  readonly address: PrinterAddress
  /** Makes a driver for it; default: {@link createDriver}. */
  makeDriver?(): PrintDriver
  readonly format: string
  /** What came out, oldest first: names of device jobs, or the labels themselves. */
  printed(): Promise<readonly string[]>
  /** From now on a document takes about half a second; returns how many sheets it makes. */
  slowDown(): Promise<number>
  /** Trouble that stops a document under way. */
  readonly jam: Trouble | null
  /** Trouble that shows while nothing is printed. */
  readonly idleJam: Trouble | null
  readonly power: { off(): Promise<void>; on(): Promise<void> } | null
  /** Makes the next document one that is refused after it was taken; returns its format. */
  readonly refuse: (() => Promise<string>) | null
  /** What taking up the work of a lost attempt ends with. */
  readonly reattaches: 'printed' | 'unconfirmed'
  stop(): Promise<void>
}

/** Trouble as the reason that is expected of the driver, and its end. */
export interface Trouble {
  set(): Promise<void>
  mend(): Promise<void>
  readonly reason: string
}

/** What a peer may be unable to do; its cases are left out. */
type Lack = 'jam' | 'jam while idle' | 'power' | 'refusal'

export interface Exercise {
  readonly name: string
  readonly lacks: readonly Lack[]
  /** Why the peer cannot be had on this machine; null when it can. */
  readonly skipReason?: string | null
}

/** Runs every case of the contract of {@link PrintDriver} against one kind of peer. */
export function exerciseDriver({ name, lacks, skipReason = null }: Exercise, startPeer: () => Promise<Peer>): void {
  const unless = (lack: Lack): typeof it | (() => void) => (lacks.includes(lack) ? () => undefined : it)
  describe.skipIf(skipReason !== null)(`${name}${skipReason === null ? '' : ` (${skipReason})`}`, () => {
    let peer: Peer
    let driver: PrintDriver

    beforeEach(async () => {
      peer = await startPeer()
      driver = driverOf(peer)
    })

    afterEach(async () => {
      await driver.close()
      await peer.stop()
    })

    it('tells the status of a printer that is well', async () => {
      const status = await driver.status(AbortSignal.timeout(10_000))
      expect(status.state).toBe('idle')
      expect(pausesQueue(status.reasons)).toBe(false)
      expect(status.capabilities?.formats).not.toEqual([])
    })

    it('prints one and proves it', async () => {
      const request = newRequest(peer.format)
      const watched = print(driver, request)
      expect(await watched.outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
      expect(await sheetsOf(peer, request)).toEqual([1])
    })

    it('prints several, each once and in order', async () => {
      const job = randomUUID()
      for (let index = 0; index < 4; index += driver.batchSize) {
        const request = newRequest(peer.format, { count: Math.min(driver.batchSize, 4 - index), job, first: index })
        expect(await print(driver, request).outcome).toMatchObject({ kind: 'printed', proof: 'confirmed' })
      }
      expect(indexesOf(await peer.printed(), job)).toEqual([0, 1, 2, 3])
    })

    unless('jam')('waits for a jam to be mended, says so, and prints once', async () => {
      const jam = provided(peer.jam)
      const sheets = await peer.slowDown()
      const request = newRequest(peer.format)
      const watched = print(driver, request)
      await watched.until(hasBegun)
      await jam.set()
      await watched.until(({ troubles }) =>
        troubles.some((trouble) => trouble.some(({ reason }) => reason === jam.reason)),
      )
      expect(await sheetsOf(peer, request)).not.toEqual([sheets])
      await jam.mend()
      expect(await watched.outcome).toMatchObject({ kind: 'printed' })
      expect(watched.troubles.at(-1)).toEqual([])
      expect(await sheetsOf(peer, request)).toEqual([sheets])
    })

    unless('jam while idle')('shows the reasons of trouble, and sends nothing into it', async () => {
      const jam = provided(peer.idleJam)
      await jam.set()
      const { reason } = jam
      const status = await driver.status(AbortSignal.timeout(10_000))
      expect(status.reasons.map((entry) => entry.reason)).toContain(reason)
      const request = newRequest(peer.format)
      expect(await print(driver, request).outcome).toMatchObject({ kind: 'stop-printer', reason: { reason } })
      await jam.mend()
      expect(await print(driver, request).outcome).toMatchObject({ kind: 'printed' })
      expect(await sheetsOf(peer, request)).toEqual([1])
    })

    unless('power')(
      'stops the printer when it is offline before anything is sent, and prints when it is back',
      async () => {
        const power = provided(peer.power)
        await power.off()
        const status = await driver.status(AbortSignal.timeout(10_000))
        expect(status.state).toBe('offline')
        expect(pausesQueue(status.reasons)).toBe(true)
        const request = newRequest(peer.format)
        expect(await print(driver, request).outcome).toMatchObject({ kind: 'stop-printer' })
        await power.on()
        expect(await print(driver, request).outcome).toMatchObject({ kind: 'printed' })
        expect(await sheetsOf(peer, request)).toEqual([1])
      },
    )

    unless('power')('never calls printed what was under way when the printer died', async () => {
      const power = provided(peer.power)
      await peer.slowDown()
      const watched = print(driver, newRequest(peer.format))
      await watched.until(hasBegun)
      await power.off()
      await watched.until(({ troubles }) => troubles.some(pausesQueue))
      // A spooler keeps the job for ever; a person would cancel it.
      const late = setTimeout(() => watched.cancel.abort(), 2_000)
      expect((await watched.outcome).kind).toMatch(/^(unconfirmed|cancelled)$/)
      clearTimeout(late)
    })

    unless('power')('calls printed only what came out when the printer died and came back', async () => {
      const power = provided(peer.power)
      const sheets = await peer.slowDown()
      const request = newRequest(peer.format)
      const watched = print(driver, request)
      await watched.until(hasBegun)
      await power.off()
      await watched.until(({ troubles }) => troubles.some(pausesQueue))
      await power.on()
      const { kind } = await watched.outcome
      const [out] = await sheetsOf(peer, request)
      if (kind === 'printed') expect(out).toBe(sheets)
      else expect(out === 0 ? ['unconfirmed', 'retry'] : ['unconfirmed']).toContain(kind)
    })

    unless('refusal')('never calls printed what the device refused', async () => {
      const request = newRequest(await provided(peer.refuse)())
      expect(await print(driver, request).outcome).toMatchObject({ kind: 'failed' })
      expect(await sheetsOf(peer, request)).toEqual([0])
    })

    it('fails a format that the device does not take, and sends nothing', async () => {
      const request = newRequest('application/x-nobody-prints-this')
      expect(await print(driver, request).outcome).toMatchObject({ kind: 'failed', code: 'unsupported_format' })
      expect(await sheetsOf(peer, request)).toEqual([0])
    })

    it('cancels what is under way, and prints the next', async () => {
      const sheets = await peer.slowDown()
      const watched = print(driver, newRequest(peer.format))
      await watched.until(hasBegun)
      watched.cancel.abort()
      expect((await watched.outcome).kind).toMatch(/^(cancelled|unconfirmed)$/)
      const next = newRequest(peer.format)
      expect(await print(driver, next).outcome).toMatchObject({ kind: 'printed' })
      expect(await sheetsOf(peer, next)).toEqual([sheets])
    })

    it('sends nothing for a request that was cancelled before', async () => {
      const request = newRequest(peer.format)
      const watched = print(driver, request, AbortSignal.abort())
      expect(await watched.outcome).toMatchObject({ kind: 'cancelled' })
      expect(await sheetsOf(peer, request)).toEqual([0])
    })

    it.each(['by reference', 'by name'])(
      'takes up the work of a lost attempt %s without printing it again',
      async (how) => {
        const sheets = await peer.slowDown()
        const request = newRequest(peer.format)
        const lost = print(driver, request)
        await lost.until(hasBegun)
        const successor = driverOf(peer)
        const ref = how === 'by reference' ? (lost.refs[0] ?? null) : null
        const outcome = await successor.reattach(request, ref, silentReport(), new AbortController().signal)
        await successor.close()
        const expected = peer.address.driver === 'http' && ref === null ? 'unconfirmed' : peer.reattaches
        expect(outcome.kind).toBe(expected)
        await lost.outcome
        expect(await sheetsOf(peer, request)).toEqual([sheets])
      },
    )

    it('does not call printed what the device never heard of', async () => {
      const outcome = await driver.reattach(newRequest(peer.format), null, silentReport(), new AbortController().signal)
      expect(outcome.kind).toBe('unconfirmed')
    })
  })
}

function driverOf(peer: Peer): PrintDriver {
  return peer.makeDriver?.() ?? createDriver(peer.address)
}

function provided<T>(ability: T | null): T {
  if (ability === null) throw new Error('The peer lacks what it does not say it lacks.')
  return ability
}

function indexesOf(printed: readonly string[], job: string): number[] {
  return printed.flatMap((entry) => {
    const found = new RegExp(`andon:${job}:1:(\\d+)`).exec(entry)?.[1]
    return found === undefined ? [] : [Number(found)]
  })
}

/** How often each item of a request came out. */
async function sheetsOf(peer: Peer, request: PrintRequest): Promise<number[]> {
  const seen = indexesOf(await peer.printed(), request.jobId)
  return request.items.map((item) => seen.filter((index) => index === item.index).length)
}

function hasBegun({ progress }: Watched): boolean {
  return progress.some(({ state }) => state === 'running')
}
