import type { Actor } from './actor.ts'
import { ANALYTICS } from './analytics.ts'
import { BOARD } from './board.ts'
import { DOCUMENTS } from './documents.ts'
import { ERRORS } from './errors.ts'
import { FLOOR } from './floor.ts'
import { GATEWAYS } from './gateways.ts'
import { JOB_TYPES } from './job-types.ts'
import { JOBS } from './jobs.ts'
import { PEOPLE, SIGN_IN, TOKENS } from './people.ts'
import { isPermitted, type Policy } from './policy.ts'
import { PRINTERS } from './printers.ts'
import { QUEUES } from './queues.ts'
import { RETENTION } from './retention.ts'
import { RULES } from './rules.ts'
import { SCHEDULES } from './schedules.ts'
import { STATIONS } from './stations.ts'
import { WORKERS } from './workers.ts'

/** Every policy that needs somebody to be signed in. */
export const POLICIES: readonly Policy[] = [
  ANALYTICS,
  BOARD,
  DOCUMENTS,
  ERRORS,
  FLOOR,
  GATEWAYS,
  JOB_TYPES,
  JOBS,
  PEOPLE,
  PRINTERS,
  QUEUES,
  RETENTION,
  RULES,
  SCHEDULES,
  SIGN_IN,
  STATIONS,
  TOKENS,
  WORKERS,
]
  .flatMap((noun): Policy[] => Object.values(noun))
  .filter((policy) => policy.role !== null)

/** Names of everything that the actor may do. */
export function permissionsOf(actor: Actor): string[] {
  return POLICIES.filter((policy) => isPermitted(policy, actor)).map((policy) => policy.name)
}
