import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { EmbeddedPostgresError } from './errors.ts'

/** How the server's programs are started with other rights than this process has. */
export type RightsWay = 'self' | 'setuid' | 'unshare' | 'copy'

/** Starts PostgreSQL's programs as a user they accept: never root. */
export interface Launcher {
  binDir: string
  /** What to put on the loader's path, separated by colons; null when the package's links are complete. */
  libraryPath: string | null
  /** Who the cluster's folder and the socket's folder must belong to; null for this process's own user. */
  owner: { gid: number; uid: number } | null
  way: RightsWay
}

/** Runs one program to its end and returns its output; rejects with the output in the message when it fails. */
export function runProgram(launcher: Launcher, program: string, args: readonly string[]): Promise<string> {
  const { command, commandArgs } = commandOf(launcher, program, args)
  return new Promise((resolve, reject) => {
    execFile(command, commandArgs, { ...rightsOf(launcher), maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      const said = stderr.trim() || stdout.trim() || error.message
      reject(new EmbeddedPostgresError('cluster_failed', `${program} failed: ${said}`, { cause: error }))
    })
  })
}

/**
 * Starts the server with its output in the given file. It gets a session of its own, so that Ctrl-C in the terminal
 * reaches Andon alone, and does not keep this process from ending.
 */
export function spawnServer(launcher: Launcher, args: readonly string[], logFd: number): ChildProcess {
  const { command, commandArgs } = commandOf(launcher, 'postgres', args)
  const child = spawn(command, commandArgs, {
    ...rightsOf(launcher),
    detached: true,
    stdio: ['ignore', logFd, logFd],
  })
  child.unref()
  return child
}

function commandOf(launcher: Launcher, program: string, args: readonly string[]) {
  const path = `${launcher.binDir}/${program}`
  if (launcher.way === 'unshare') return { command: 'unshare', commandArgs: ['-U', path, ...args] }
  return { command: path, commandArgs: [...args] }
}

function rightsOf(launcher: Launcher) {
  const env: NodeJS.ProcessEnv = {
    LANG: 'C',
    LC_ALL: 'C',
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    TZ: 'UTC',
  }
  const loaderPath = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH'
  if (launcher.libraryPath) env[loaderPath] = launcher.libraryPath
  // The working directory of this process may be one that the other user cannot enter.
  const rights = { cwd: '/', env }
  return launcher.way === 'setuid' || launcher.way === 'copy' ? { ...rights, ...launcher.owner } : rights
}
