import { bashCompletion } from '../completion/bash.ts'
import { fishCompletion } from '../completion/fish.ts'
import { describeTree } from '../completion/tree.ts'
import { zshCompletion } from '../completion/zsh.ts'
import { EXIT, type ExitCode, UsageError } from '../exit.ts'
import { buildProgram } from '../program.ts'
import type { Session } from '../session.ts'

const SHELLS = new Map([
  ['bash', bashCompletion],
  ['fish', fishCompletion],
  ['zsh', zshCompletion],
])

/** `andon completion`: a script made from the commands and flags that there are. */
export async function printCompletion(session: Session, shell: string): Promise<ExitCode> {
  const write = SHELLS.get(shell)
  if (!write)
    throw new UsageError(`There is no completion for "${shell}".`, `Choose from: ${[...SHELLS.keys()].join(', ')}`)
  const program = await buildProgram(session.io, { code: EXIT.ok }, new Set(['up']))
  session.io.stdout.write(write(describeTree(program)))
  return EXIT.ok
}
