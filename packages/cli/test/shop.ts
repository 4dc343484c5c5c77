import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Andon } from '@andon/sdk'
import { environment } from '../src/environment.ts'
import { floorPlan } from '../src/floor/plan.ts'
import type { UpSettings } from '../src/up/settings.ts'
import { type Running, runUp } from '../src/up/up.ts'

/** A whole Andon in this process with a database of its own, and a client that is signed in. */
export interface Shop extends AsyncDisposable {
  readonly andon: Andon
  /** That of the commands on this machine. */
  readonly token: string
  readonly running: Running
}

/** Brings a shop up in a folder that goes with it; by default with the embedded database and the floor beside it. */
export async function openShop(
  options: Partial<Pick<UpSettings, 'databaseUrl' | 'floor' | 'mail' | 'publicUrl' | 'webhookHosts'>> = {},
): Promise<Shop> {
  const { databaseUrl = null, floor = floorPlan(environment({})) } = options
  const { mail = null, publicUrl = null, webhookHosts = [] } = options
  const dataDir = await mkdtemp(join(tmpdir(), 'andon-shop-'))
  const settings = {
    databaseUrl,
    dataDir,
    floor,
    host: '127.0.0.1',
    port: 0,
    logLevel: 'silent',
    logSecrets: [],
    slots: 10,
  } as const
  const running = await runUp(
    {
      ...settings,
      mail,
      publicUrl,
      webhookHosts,
      provider: null,
      isDemo: false,
      trustedProxies: [],
      usesSystemPostgres: false,
    },
    { server: true, printing: true },
  )
  const token = (await readFile(join(dataDir, 'cli-token'), 'utf8')).trim()
  const andon = new Andon({ url: running.url ?? '', token })
  return {
    andon,
    token,
    running,
    [Symbol.asyncDispose]: async () => {
      andon.close()
      await running[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A batch of small labels, told apart by their box. */
export function labels(count: number): { zpl: string; ref: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    zpl: `^XA^FO50,50^A0N,40,40^FDBox ${index + 1}^FS^XZ`,
    ref: `BOX-${index + 1}`,
  }))
}

/** Asks again until the answer is as wanted; what is asked changes by itself, so the last answer is the failure. */
export async function eventually<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 45_000
  for (;;) {
    const answer = await ask()
    if (isWanted(answer)) return answer
    if (Date.now() > deadline) throw new Error(`it never came to that: ${JSON.stringify(answer)}`)
    // A pause between two questions; nothing is asserted about it.
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
