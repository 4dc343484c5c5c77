import { problem } from '@andon/core'
import type { ProductionFloor } from '@andon/floor'
import type { ServerContext } from '../context.ts'

/** @throws `floor_not_configured` */
export function requireFloor({ floor }: ServerContext): ProductionFloor {
  if (floor === null) throw problem('floor_not_configured')
  return floor
}
