/** What every file of this folder exports as `run`. */
export type Bench = (context: BenchContext) => Promise<void>

export interface BenchContext {
  /** A server on which the bench may make and drop databases. */
  readonly databaseUrl: string
  /** What was typed after `--`. */
  readonly arguments: readonly string[]
}

/** Prints one figure as a line of JSON. */
export function figure(name: string, value: number, unit: string, facts: Readonly<Record<string, unknown>> = {}): void {
  console.log(JSON.stringify({ figure: name, value: Math.round(value * 1000) / 1000, unit, ...facts }))
}

/** The p-th percentile (0 to 100) of unsorted values; NaN of none. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN
}

/** A size of a bench that ANDON_BENCH_<name> may set; the name ends in the unit, such as `LOG_SECONDS`. */
export function size(name: string, otherwise: number): number {
  const given = process.env[`ANDON_BENCH_${name}`]
  if (given === undefined) return otherwise
  const number = Number(given)
  if (!(number > 0)) throw new Error(`ANDON_BENCH_${name} is "${given}", which is no size: give a number above 0.`)
  return number
}

/** Of the clock that all processes of the machine share, in milliseconds. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
