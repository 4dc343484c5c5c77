import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Command } from 'commander'
import { examplesOf } from '../src/tree/examples.ts'
import { world } from './world.ts'

const run = promisify(execFile)

/** The command and all below it. */
function everyCommand(command: Command, path: readonly string[] = []): { command: Command; path: readonly string[] }[] {
  return [{ command, path }, ...command.commands.flatMap((child) => everyCommand(child, [...path, child.name()]))]
}

/** Where the first words lead in the tree. */
function commandAt(command: Command, words: readonly string[]): { command: Command; rest: string[] } {
  const [word, ...rest] = words
  const child = command.commands.find((one) => one.name() === word || one.aliases().includes(word ?? ''))
  return child === undefined ? { command, rest: [...words] } : commandAt(child, rest)
}

describe('completion', () => {
  test.each([
    ['andon jo', 'jobs'],
    ['andon jobs l', 'list logs'],
    ['andon jobs list --st', '--status'],
    ['andon jobs list --output js', 'json jsonl'],
    ['andon -q jobs wait --ti', '--time --timeout'],
    ['andon print --pri', '--printer --priority'],
    ['andon up --de', '--demo'],
  ])('bash completes "%s" with %s', async (line, words) => {
    await using place = await world()
    const { code, out } = await place.andon(['completion', 'bash'])
    expect(code).toBe(0)
    const script = join(place.folder, 'andon.bash')
    await writeFile(script, out)
    const quoted = line.split(' ').map((word) => `'${word}'`)
    const ask = `source ${script}; COMP_WORDS=(${quoted.join(' ')}); COMP_CWORD=${quoted.length - 1}; _andon; echo "\${COMPREPLY[*]}"`
    const { stdout } = await run('bash', ['-c', ask])
    expect(stdout.trim().split(/\s+/).toSorted()).toEqual(words.split(' '))
  })

  test('zsh and fish know every place and what it is for', async () => {
    await using place = await world()
    const zsh = await place.andon(['completion', 'zsh'])
    expect(zsh.out).toContain('#compdef andon')
    expect(zsh.out).toContain("'cancel:stop jobs'")
    const fish = await place.andon(['completion', 'fish'])
    expect(fish.out).toContain("-f -a cancel -d 'stop jobs'")
    expect(fish.out).toContain("-l output -x -a 'table json jsonl csv name'")
  })

  test('of another shell is refused', async () => {
    await using place = await world()
    expect((await place.andon(['completion', 'tcsh'])).code).toBe(2)
  })
})

describe('help', () => {
  test('is there at once, and is no error', async () => {
    await using place = await world()
    for (const argv of [[], ['--help'], ['jobs', 'list', '--help'], ['help', 'print']]) {
      const { code, err, out } = await place.andon(argv)
      expect(code, argv.join(' ')).toBe(0)
      expect(err).toBe('')
      expect(out).toContain('Usage: andon')
    }
    expect((await place.andon(['jobs', 'list', '--help'])).out).toContain('--server <url>')
    expect((await place.andon(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test('of every command shows what people type, and it is right', async () => {
    await using place = await world()
    const known = await place.program()
    const examples = everyCommand(known).flatMap(({ command, path }) => {
      const own = examplesOf(command, path)
      expect(own, path.join(' ')).not.toEqual([])
      return own
    })
    for (const example of new Set(examples)) {
      const [, line = ''] = /\bandon ([^|<>]*?)\)?(?: [|<>] .*)?$/.exec(example) ?? []
      const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+(?:"[^"]*")?)/g)].map((found) =>
        found.slice(1).join(''),
      )
      const { command, rest } = commandAt(known, words)
      const { operands, unknown } = command.parseOptions(rest)
      expect(known.parseOptions(unknown).unknown, example).toEqual([])
      const required = command.registeredArguments.filter((argument) => argument.required)
      expect(operands.length, example).toBeGreaterThanOrEqual(required.length)
    }
    expect((await place.andon(['jobs', 'cancel', '--help'])).out).toContain('Examples:\n  andon jobs cancel ')
  })

  test('follows a mistyped command', async () => {
    await using place = await world()
    const { code, err } = await place.andon(['jobs', 'lst'])
    expect(code).toBe(2)
    expect(err).toContain('Did you mean one of list')
    expect(err).toContain('Say --help')
    expect((await place.andon(['jobs', 'list', '--stat', 'failed'])).err).toContain('Did you mean --status?')
  })

  test('and lists load no more than they need', async () => {
    const bin = join(import.meta.dirname, '../bin/andon.mjs')
    // Says at the end which packages were loaded.
    const count = `import { registerHooks } from 'node:module'
      const seen = new Set()
      registerHooks({ load(url, context, next) {
        seen.add(/node_modules\\/([^/]+)|packages\\/(\\w+)/.exec(url)?.slice(1).find(Boolean) ?? url)
        return next(url, context)
      } })
      process.on('exit', () => console.error('loaded: ' + [...seen].filter((name) => !name.startsWith('node:')).sort()))`
    const loads = async (...argv: readonly string[]) => {
      const hook = `data:text/javascript,${encodeURIComponent(count)}`
      const { stderr } = await run(process.execPath, ['--import', hook, bin, ...argv]).catch((error) => error)
      return /^loaded: (.*)$/m.exec(stderr)?.[1]
    }
    expect(await loads('--help')).toBe('cli,commander')
    expect(await loads('jobs', 'list', '--server', 'http://127.0.0.1:1')).toBe('cli,commander,core,sdk')
  })
})

describe('an older Node', () => {
  const under = (leastNode: number, ...argv: readonly string[]) => {
    const handOver = join(import.meta.dirname, '../bin/hand-over.mjs')
    const script = `(await import('${handOver}')).handOver(${JSON.stringify(argv)}, ${leastNode})`
    return run(process.execPath, ['--input-type=module', '-e', script])
  }

  test('hands the command over to the one of the workspace, and ends as it ends', async () => {
    expect((await under(99, '--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    await expect(under(99, 'jobs', 'lst')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('list') })
  })
})
