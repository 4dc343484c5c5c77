export * from './ports/print.ts'
export * from './states.ts'
