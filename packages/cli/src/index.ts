export { EXIT, type ExitCode } from './exit.ts'
export type { Io, Writer } from './io.ts'
export { main, run } from './main.ts'
