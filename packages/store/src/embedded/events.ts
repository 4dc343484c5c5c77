/** What happens to the embedded PostgreSQL while it is supervised. */
export type EmbeddedEvent =
  /** The server ended without being told to; it will be started again. */
  | { how: string; kind: 'exited' }
  | { kind: 'restarted'; pid: number }
  | { error: unknown; kind: 'restart_failed'; nextAttemptMs: number }
  /** Told once per shortage. The database refuses writes when nothing is left. */
  | { freeBytes: number; kind: 'disk_low' }
  | { freeBytes: number; kind: 'disk_ok' }
