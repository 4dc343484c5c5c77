/** Where a package writes what an administrator may need to know; a pino logger fits. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Says nothing. */
export const SILENT: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

function nothing(): void {}
