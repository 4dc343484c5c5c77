import { Service } from '@andon/engine'
import { type FloorDatabases, type GivenPrintBeatSettings, type PrintBeatConnector, startPrintBeat } from '@andon/floor'
import type { Logger } from 'pino'

/** Reads the presses of HP Print Beat again and again; null where it is not set up. */
export function readPrintBeat(databases: FloorDatabases, access: GivenPrintBeatSettings, log: Logger): Service | null {
  return startPrintBeat(databases, access, { log, run: (connector) => new PrintBeatLoop(connector, log) })
}

class PrintBeatLoop extends Service {
  override readonly name: string
  protected override readonly everyMs: number
  readonly #connector: PrintBeatConnector

  constructor(connector: PrintBeatConnector, log: Logger) {
    super({ log })
    this.name = connector.name
    this.everyMs = connector.everyMs
    this.#connector = connector
  }

  override runOnce(signal: AbortSignal): Promise<number | undefined> {
    return this.#connector.runOnce(signal)
  }
}
