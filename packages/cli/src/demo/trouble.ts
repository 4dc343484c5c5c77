import type { VirtualPrinter } from '@andon/print/virtual'
import { DEMO_TROUBLE } from './catalogue.ts'
import type { Chance } from './chance.ts'
import { until } from './wait.ts'

/** Lets one printer at a time get into trouble, and mends it after a while. */
export async function troubleNowAndThen(
  printers: readonly VirtualPrinter[],
  chance: Chance,
  signal: AbortSignal,
): Promise<void> {
  // Long enough that a newcomer first sees everything run.
  await until(45_000, signal)
  while (!signal.aborted) {
    await haveTrouble(chance.oneOf(printers), chance, signal)
    await until(chance.between(60_000, 150_000), signal)
  }
}

async function haveTrouble(printer: VirtualPrinter, chance: Chance, signal: AbortSignal): Promise<void> {
  const lastsMs = chance.between(20_000, 45_000)
  if (chance.happens(0.15)) {
    await printer.goOffline()
    await until(lastsMs, signal)
    await printer.comeBack()
    return
  }
  const { keyword } = chance.weighted(DEMO_TROUBLE)
  printer.setFault(keyword)
  await until(lastsMs, signal)
  printer.clearFault(keyword)
}
