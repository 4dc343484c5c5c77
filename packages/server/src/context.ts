import type { AttentionView } from '@andon/core'
import type { ProductionFloor } from '@andon/floor'
import type { Store, StoreJobSource } from '@andon/store'
import type { Logger } from 'pino'
import type { QzIdentity } from './commands/qz-identity.ts'
import type { HealthCheck } from './health.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { JobPresenter } from './presenters/jobs.ts'
import type { PrinterPresenter } from './presenters/printers.ts'
import type { PrintingPort } from './printing-port.ts'
import type { ServerSettings } from './settings.ts'
import type { Actors } from './sign-in/actors.ts'
import type { SignInProvider } from './sign-in/provider.ts'
import type { Passwords } from './sign-in/passwords.ts'
import type { Sessions } from './sign-in/sessions.ts'
import type { SignInThrottle } from './sign-in/throttle.ts'
import type { StreamHub } from './stream/hub.ts'
import type { WorkerHints } from './workers/hints.ts'

/** What the routes work with; made once in `server.ts`. */
export interface ServerContext {
  readonly store: Store
  /** One for all workers over HTTP, so that what they report at the same moment is written together. */
  readonly jobSource: StoreJobSource
  readonly hints: WorkerHints
  readonly printing: PrintingPort
  /** Null when Andon is not connected to one. */
  readonly floor: ProductionFloor | null
  readonly settings: ServerSettings
  readonly log: Logger
  readonly version: string
  /** The data of the demonstration shop are shown. */
  readonly isDemo: boolean
  readonly checks: readonly HealthCheck[]
  /** What needs somebody, besides what the database knows. */
  readonly attention: () => readonly AttentionView[]
  readonly actors: Actors
  readonly passwords: Passwords
  /** Null: people sign in by password and link only. */
  readonly provider: SignInProvider | null
  readonly sessions: Sessions
  readonly throttle: SignInThrottle
  readonly hub: StreamHub
  readonly metrics: Metrics
  readonly qz: QzIdentity
  readonly jobs: JobPresenter
  readonly printers: PrinterPresenter
  /** Aborted when the server stops: ends what waits on others' answers. */
  readonly stopping: AbortSignal
}
