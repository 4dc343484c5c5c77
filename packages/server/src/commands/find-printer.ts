import { problem, suggest } from '@andon/core'
import { findLane, findPrinter, type Lane, listPools, listPrinters, type PrinterRow, type Store } from '@andon/store'

/** Names that a refusal offers at most. */
const MAX_CANDIDATES = 5

/** @throws `printer_not_found` naming those that were probably meant */
export async function requirePrinter(store: Store, name: string): Promise<PrinterRow> {
  return (await findPrinter(store, name)) ?? (await refuseName(store, { name, field: 'name', kind: 'printer' }))
}

/** The lane of a printer or pool by its name. @throws `printer_not_found`, `pool_not_found`, naming close ones */
export async function requireTarget(store: Store, name: string, kind: 'printer' | 'pool'): Promise<Lane> {
  const lane = await findLane(store, 'printer', name)
  if (lane !== null && lane.kind === kind) return lane
  return refuseName(store, { name, field: `/${kind}`, kind })
}

interface WrongName {
  readonly name: string
  readonly field: string
  readonly kind: 'printer' | 'pool'
}

async function refuseName(store: Store, { name, field, kind }: WrongName): Promise<never> {
  const known = kind === 'printer' ? await listPrinters(store) : await listPools(store)
  const names = known.map((each) => each.name)
  const candidates = closeNames(name, names)
  const meant = candidates.length === 0 ? '' : ` Did you mean ${candidates.map((each) => `"${each}"`).join(' or ')}?`
  throw problem(kind === 'printer' ? 'printer_not_found' : 'pool_not_found', {
    field,
    detail: `There is no ${kind} "${name}".${meant}`,
    ...(names.length > 0 && names.length <= 20 ? { allowed: names } : {}),
    extra: { candidates },
  })
}

/** Those names that a person may have meant, the closest first. */
export function closeNames(name: string, names: readonly string[]): string[] {
  const rest = [...names]
  const found: string[] = []
  while (found.length < MAX_CANDIDATES) {
    const next = suggest(name, rest)
    if (next === null) return found
    found.push(next)
    rest.splice(rest.indexOf(next), 1)
  }
  return found
}
