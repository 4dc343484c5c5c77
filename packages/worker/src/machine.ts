let last = { at: performance.now(), cpu: process.cpuUsage() }

/** CPU (percent of one core, since the last call) and resident memory of this process. */
export function machineSample(): { cpuPercent: number; memoryMb: number } {
  const at = performance.now()
  const cpu = process.cpuUsage()
  const usedMs = (cpu.user - last.cpu.user + cpu.system - last.cpu.system) / 1000
  const cpuPercent = Math.round((1000 * usedMs) / Math.max(1, at - last.at)) / 10
  last = { at, cpu }
  return { cpuPercent, memoryMb: Math.round(process.memoryUsage.rss() / 1_048_576) }
}
