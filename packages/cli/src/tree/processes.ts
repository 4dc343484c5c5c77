import type { Command } from 'commander'
import { demoCommand } from '../demo/command.ts'
import * as processes from '../up/command.ts'

/** Adds the commands that bring up parts of Andon, with all their flags. */
export function addProcessCommands(program: Command): void {
  processes.upCommand(program)
  processes.serverCommand(program)
  processes.workerCommand(program)
  demoCommand(program)
}
