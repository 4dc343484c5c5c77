export * from './errors.ts'
export * from './fingerprint.ts'
export * from './ports/print.ts'
export * from './states.ts'
