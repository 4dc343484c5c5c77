import { permit, permitAnyone } from './policy.ts'

/** The board's own things: what needs attention, saved views, the live stream. */
export const BOARD = {
  read: permit('board.read', 'viewer', ['read', 'jobs']),
  stream: permit('stream.read', 'viewer', ['read', 'jobs']),
  views: permit('views.own', 'viewer', ['read', 'jobs']),
} as const

/** What must answer without a sign-in: probes, the document of the API, the files of the dashboard. */
export const PUBLIC = {
  health: permitAnyone('health.read'),
  reference: permitAnyone('reference.read'),
  dashboard: permitAnyone('dashboard.read'),
} as const

/** Figures of the whole installation: for a monitoring token, or from loopback. */
export const METRICS = { ...permitAnyone('metrics.read'), readsActor: true } as const
