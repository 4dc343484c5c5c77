import { permit, permitAnyone } from './policy.ts'

/** What other systems may do in their own words. The role is the account's; the scope is the token's. */
export const GATEWAYS = {
  read: permit('gateway.read', 'viewer', ['gateway']),
  cancel: permit('gateway.cancel', 'operator', ['gateway']),
  print: permit('gateway.print', 'operator', ['gateway']),
  health: permitAnyone('gateway.health'),
} as const
