/** Upper bounds of the durations of requests, in seconds. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

interface Histogram {
  readonly counts: number[]
  sum: number
  count: number
}

/** What is counted while the server runs; written down as text when somebody asks. */
export class Metrics {
  readonly #durations = new Map<string, Histogram>()
  readonly #statuses = new Map<string, number>()

  /** Notes one answered request. `route` is the pattern, never the address: addresses are without number. */
  observe(request: {
    readonly method: string
    readonly route: string
    readonly status: number
    readonly seconds: number
  }): void {
    const { method, route, status, seconds } = request
    const labels = labelsOf({ method, route })
    const histogram = this.#durations.get(labels) ?? { counts: BUCKETS_S.map(() => 0), sum: 0, count: 0 }
    this.#durations.set(labels, histogram)
    const bucket = BUCKETS_S.findIndex((bound) => seconds <= bound)
    if (bucket !== -1) histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1
    histogram.sum += seconds
    histogram.count += 1
    const byStatus = labelsOf({ method, route, status: String(status) })
    this.#statuses.set(byStatus, (this.#statuses.get(byStatus) ?? 0) + 1)
  }

  /** The lines about requests, in the text format of Prometheus. */
  lines(): string[] {
    const counts = [...this.#statuses].map(([labels, count]) => `andon_http_requests_total{${labels}} ${count}`)
    return [
      ...family('andon_http_requests_total', 'counter', 'Requests answered.'),
      ...counts,
      ...family('andon_http_request_seconds', 'histogram', 'Seconds from a request to its answer.'),
      ...[...this.#durations].flatMap(([labels, histogram]) => histogramLines(labels, histogram)),
    ]
  }
}

/** The two lines that stand before the values of one metric. */
export function family(name: string, kind: 'counter' | 'gauge' | 'histogram', help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`]
}

/** Labels as they stand between the braces. */
export function labelsOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`)
    .join(',')
}

function histogramLines(labels: string, { counts, count, sum }: Histogram): string[] {
  let below = 0
  const buckets = BUCKETS_S.map((bound, index) => {
    below += counts[index] ?? 0
    return `andon_http_request_seconds_bucket{${labels},le="${bound}"} ${below}`
  })
  return [
    ...buckets,
    `andon_http_request_seconds_bucket{${labels},le="+Inf"} ${count}`,
    `andon_http_request_seconds_sum{${labels}} ${sum}`,
    `andon_http_request_seconds_count{${labels}} ${count}`,
  ]
}
