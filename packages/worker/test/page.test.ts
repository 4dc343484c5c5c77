import { afterEach, expect, test, vi } from 'vitest'
import { SYSTEM_CLOCK } from '../src/index.ts'
import { Tasks } from '../src/tasks.ts'
import { nextTurn } from '../src/turn.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

/** The module as a page has it, which cannot ask its machine anything. */
async function machineOfPage() {
  const asking: unknown = Reflect.get(process, 'getBuiltinModule')
  Reflect.set(process, 'getBuiltinModule', undefined)
  try {
    vi.resetModules()
    return await import('../src/machine.ts')
  } finally {
    Reflect.set(process, 'getBuiltinModule', asking)
  }
}

test('a page knows its address and nothing of its machine', async () => {
  const { machineSample, thisMachine } = await machineOfPage()
  expect(machineSample()).toEqual({ cpuPercent: null, memoryMb: null })
  expect(thisMachine()).toEqual({ host: '', pid: 0 })
  vi.stubGlobal('location', { hostname: 'andon.example.com' })
  expect(thisMachine()).toEqual({ host: 'andon.example.com', pid: 0 })
})

test('Node knows both', async () => {
  const { machineSample, thisMachine } = await import('../src/machine.ts')
  expect(thisMachine().pid).toBe(process.pid)
  expect(machineSample().memoryMb).toBeGreaterThan(0)
})

test('a page has no queue for later turns, and timers that are numbers', async () => {
  vi.stubGlobal('setImmediate', undefined)
  await nextTurn()
  vi.stubGlobal('setTimeout', () => 7)
  const cleared = vi.fn()
  vi.stubGlobal('clearTimeout', cleared)
  SYSTEM_CLOCK.after(5, () => undefined)()
  expect(cleared).toHaveBeenCalledWith(7)
})

test('nothing is repeated once a worker has ended', async () => {
  const after = vi.fn(() => () => undefined)
  const tasks = new Tasks({ now: () => 0, after })
  await tasks.close()
  tasks.every('pass', 1, async () => undefined)
  expect(after).not.toHaveBeenCalled()
})
