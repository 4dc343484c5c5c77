import type { Log } from '@andon/store'
import { type PrintBeatServer, type PrintBeatServerOptions, startPrintBeatServer } from '@andon/testing'
import { type FloorDatabases, PrintBeatConnector } from '../src/index.ts'
import { FloorWorld } from './world.ts'

export const KEY = 'c0ffee-key'
export const SECRET = 'never-tell-this-secret'

/** One line of a log. */
export interface LogLine {
  readonly level: string
  readonly fields: object
  readonly message: string
}

/** A row as the connector writes it. */
export interface PressRow {
  readonly name: string
  readonly status: string
  readonly marker: string
  readonly job_name: string
  readonly completed_at: string
  readonly copies: number
  readonly payload: unknown
}

/** A shop's floor with a Print Beat of its own, and one clock for both. */
export class PrintBeatWorld implements AsyncDisposable {
  readonly floor: FloorWorld
  readonly server: PrintBeatServer
  readonly log: LogLine[] = []
  /** Milliseconds since 1970. */
  now: number

  private constructor(floor: FloorWorld, server: PrintBeatServer, now: number) {
    this.floor = floor
    this.server = server
    this.now = now
  }

  static async open(given: Partial<PrintBeatServerOptions> = {}): Promise<PrintBeatWorld> {
    const clock = { now: () => Date.parse('2026-03-03T08:00:00Z') }
    const server = await startPrintBeatServer({ key: KEY, secret: SECRET, now: () => clock.now(), ...given })
    const world = new PrintBeatWorld(await FloorWorld.open(), server, clock.now())
    clock.now = () => world.now
    return world
  }

  /** A connector as a process that starts has it. */
  connector(
    given: { secret?: string; devices?: readonly string[]; timeoutMs?: number; databases?: FloorDatabases } = {},
  ): PrintBeatConnector {
    const { databases = this.floor.databases, devices = ['P1'], secret = SECRET, timeoutMs } = given
    const settings = { url: this.server.url, key: KEY, secret, devices }
    const options = { log: this.#logger(), now: () => this.now, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
    return new PrintBeatConnector(databases, settings, options)
  }

  /** Passes as their loop runs them: each when the one before said. */
  async turns(count: number, connector = this.connector()): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) {
      this.now += await connector.runOnce(new AbortController().signal)
    }
  }

  async rows(): Promise<PressRow[]> {
    const { rows } = await this.floor.jobmanager.pool.query<PressRow>(
      `select name, status, marker, job_name, copies, payload,
         to_char(job_complete_time at time zone 'Europe/Berlin' at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
           as completed_at
       from "print OS" order by marker, payload ->> 'deviceId', id`,
    )
    return rows
  }

  async setAside(): Promise<{ marker: string | null; reason: string; entry: string }[]> {
    const { rows } = await this.floor.jobmanager.pool.query<{ marker: string | null; reason: string; entry: string }>(
      'select marker, reason, entry from print_beat_set_aside order by marker, reason',
    )
    return rows
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
    await this.floor[Symbol.asyncDispose]()
  }

  #logger(): Log {
    const to =
      (level: string) =>
      (fields: object, message: string): void => {
        this.log.push({ level, fields, message })
      }
    return { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') }
  }
}
