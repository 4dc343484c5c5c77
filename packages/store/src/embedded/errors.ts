import { messageOf } from '@andon/core'

/** Why the embedded PostgreSQL could not be started, used or restored. Codes are public and never reused. */
export type EmbeddedErrorCode =
  | 'binaries_missing'
  | 'binaries_unusable'
  | 'cluster_failed'
  | 'cluster_version'
  | 'data_folder_in_use'
  | 'data_folder_not_ours'
  | 'not_durable'
  | 'password_missing'
  | 'platform_unsupported'
  | 'root_refused'
  | 'start_failed'

/** A refusal of the supervisor. The message is written for the person at the console and says what to do. */
export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedErrorCode

  constructor(code: EmbeddedErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EmbeddedPostgresError'
    this.code = code
  }
}

/** The refusal of a data folder that this user may not use, which is what a start as another user leaves behind. */
export function notOurs(path: string, cause: unknown): EmbeddedPostgresError {
  const said = messageOf(cause)
  return new EmbeddedPostgresError(
    'data_folder_not_ours',
    `This user may not use ${path} (${said}). Start Andon as the user that made the data folder, or give the folder to this one with chown -R.`,
    { cause },
  )
}
