import { problem, type Role, ROLES } from '@andon/core'
import { isLoopback, type ProviderSettings } from '@andon/server'
import type { Environment } from '../environment.ts'

const DEFAULT_SCOPES = ['openid', 'profile', 'email']

/**
 * The provider that people sign in with, as the variables `ANDON_OIDC_…` say; null without an issuer.
 *
 * @throws config_invalid naming the variable
 */
export function providerOf(env: Environment, publicUrl: string | null): ProviderSettings | null {
  if (env.oidcIssuer === undefined) return null
  const roles = rolesOf(env.oidcRoles)
  if (env.oidcClientId === undefined) throw wrong('ANDON_OIDC_CLIENT_ID', 'the id that the provider knows Andon by')
  if (roles.size > 0 && env.oidcRoleClaim === undefined) throw wrong('ANDON_OIDC_ROLE_CLAIM', 'a claim such as groups')
  const issuer = issuerOf(env.oidcIssuer)
  return {
    issuer: env.oidcIssuer,
    clientId: env.oidcClientId,
    clientSecret: env.oidcClientSecret ?? null,
    name: env.oidcName ?? issuer.host,
    scopes: scopesOf(env.oidcScopes),
    roleClaim: env.oidcRoleClaim ?? null,
    roles,
    defaultRole: env.oidcDefaultRole === undefined ? null : roleOf('ANDON_OIDC_DEFAULT_ROLE', env.oidcDefaultRole),
    makesAccounts: makesAccounts(env.oidcAccounts),
    publicUrl,
  }
}

/** What people sign in with crosses no network in the clear. */
function issuerOf(text: string): URL {
  const issuer = URL.canParse(text) ? new URL(text) : null
  const isSafe = issuer?.protocol === 'https:' || (issuer?.protocol === 'http:' && isLoopback(issuer))
  if (issuer === null || !isSafe) throw wrong('ANDON_OIDC_ISSUER', 'https://…; http:// only on this machine')
  return issuer
}

function scopesOf(text: string | undefined): readonly string[] {
  const scopes = text?.split(/[\s,]+/).filter(Boolean) ?? DEFAULT_SCOPES
  return scopes.includes('openid') ? scopes : ['openid', ...scopes]
}

/** `andon-admins=admin,print shop=operator` */
function rolesOf(text: string | undefined): ReadonlyMap<string, Role> {
  const pairs = (text ?? '').split(',').filter((pair) => pair.trim() !== '')
  return new Map(
    pairs.map((pair): [string, Role] => {
      const at = pair.lastIndexOf('=')
      if (at < 1) throw wrong('ANDON_OIDC_ROLES', 'andon-admins=admin,print-shop=operator')
      return [pair.slice(0, at).trim(), roleOf('ANDON_OIDC_ROLES', pair.slice(at + 1).trim())]
    }),
  )
}

function roleOf(name: string, written: string): Role {
  const role = ROLES.find((known) => known === written)
  if (role === undefined) throw wrong(name, ROLES.join(', '))
  return role
}

function makesAccounts(written = 'make'): boolean {
  if (written !== 'make' && written !== 'connect') throw wrong('ANDON_OIDC_ACCOUNTS', 'make, connect')
  return written === 'make'
}

function wrong(name: string, allowed: string): Error {
  return problem('config_invalid', { detail: `${name} is missing or wrong.`, field: name, allowed })
}
