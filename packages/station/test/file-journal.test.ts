import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { FileJournal } from '../src/node/index.ts'
import { temporaryFolder } from './folder.ts'

const intended = (index: number) => ({ from: index, to: index, state: 'intended', attempt: 1 }) as const

describe('the journal of an agent', () => {
  test('keeps what was not told, in order, job by job, over a restart', async () => {
    await using folder = await temporaryFolder()
    {
      using journal = new FileJournal(folder.path)
      const seq = await journal.append('a', [intended(0), intended(1)])
      await journal.append('b', [intended(7)])
      await journal.append('a', [{ ...intended(0), state: 'done', proof: 'confirmed' }])
      await journal.told('a', seq)
      journal.keep('lease', '{"workerId":1}')
    }
    using again = new FileJournal(folder.path)
    expect((await again.read('a')).map(({ change }) => change)).toEqual([
      { ...intended(0), state: 'done', proof: 'confirmed' },
    ])
    expect((await again.read('b')).map(({ change }) => change)).toEqual([intended(7)])
    expect(await again.jobIds()).toEqual(['a', 'b'])
    expect(again.recall('lease')).toBe('{"workerId":1}')
    expect(again.recall('nothing')).toBeNull()
  })

  test('never gives a number twice, also when the last entries were told', async () => {
    await using folder = await temporaryFolder()
    const first = await within(folder.path, async (journal) => {
      const seq = await journal.append('a', [intended(0)])
      await journal.told('a', seq)
      return seq
    })
    expect(await within(folder.path, (journal) => journal.append('a', [intended(1)]))).toBeGreaterThan(first)
  })

  test('holds what an agent wrote that was killed right after', async () => {
    await using folder = await temporaryFolder()
    const code = `
      import { FileJournal } from '${new URL('../src/node/index.ts', import.meta.url).href}'
      const journal = new FileJournal(${JSON.stringify(folder.path)})
      await journal.append('a', [{ from: 3, to: 3, state: 'intended', attempt: 1 }])
      process.stdout.write('written')
      setInterval(() => journal, 1000)`
    const agent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(agent.stdout, 'data')
    expect(() => new FileJournal(folder.path)).toThrow(expect.objectContaining({ code: 'station_in_use' }))
    agent.kill('SIGKILL')
    await once(agent, 'exit')
    using journal = new FileJournal(folder.path)
    expect((await journal.read('a')).map(({ change }) => change)).toEqual([intended(3)])
  })

  test('names the folder that cannot be written', () => {
    const detail = expect.stringContaining('/nowhere/at/all')
    expect(() => new FileJournal('/nowhere/at/all')).toThrow(
      expect.objectContaining({ code: 'config_invalid', detail }),
    )
  })
})

async function within<T>(folder: string, use: (journal: FileJournal) => Promise<T>): Promise<T> {
  using journal = new FileJournal(folder)
  return await use(journal)
}
