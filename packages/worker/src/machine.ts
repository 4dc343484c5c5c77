/** What is used of Node's `process`: written out, since browsers check these types as well. */
interface NodeProcess {
  readonly pid: number
  readonly cpuUsage: () => { readonly user: number; readonly system: number }
  readonly memoryUsage: { readonly rss: () => number }
  readonly getBuiltinModule?: (name: 'node:os') => { readonly hostname: () => string }
}

const host = globalThis as { readonly process?: NodeProcess }

/** Null in a browser, which knows neither its machine nor what it costs it. */
const node = typeof host.process?.getBuiltinModule === 'function' ? host.process : null

let last = { at: performance.now(), cpu: node?.cpuUsage() ?? null }

/** Where this worker runs. In a browser: the host of the page, and 0 for the process. */
export function thisMachine(): { readonly host: string; readonly pid: number } {
  if (node === null) {
    const page = globalThis as { readonly location?: { readonly hostname: string } }
    return { host: page.location?.hostname ?? '', pid: 0 }
  }
  return { host: node.getBuiltinModule?.('node:os').hostname() ?? '', pid: node.pid }
}

/** CPU (percent of one core, since the last call) and resident memory of this process; null where nobody can know. */
export function machineSample(): { cpuPercent: number | null; memoryMb: number | null } {
  if (node === null || last.cpu === null) return { cpuPercent: null, memoryMb: null }
  const at = performance.now()
  const cpu = node.cpuUsage()
  const usedMs = (cpu.user - last.cpu.user + cpu.system - last.cpu.system) / 1000
  const cpuPercent = Math.round((1000 * usedMs) / Math.max(1, at - last.at)) / 10
  last = { at, cpu }
  return { cpuPercent, memoryMb: Math.round(node.memoryUsage.rss() / 1_048_576) }
}
