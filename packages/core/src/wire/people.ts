import { type Static, Type } from 'typebox'
import { Json, Nullable, NullableText, NullableTime, Text, Time, Words } from './scalars.ts'

/** From least to most rights; each may do all that the ones before it may. */
export const ROLES = ['viewer', 'operator', 'supervisor', 'admin'] as const
export type Role = (typeof ROLES)[number]

export const SCOPES = ['read', 'jobs', 'printers', 'payloads', 'admin', 'worker', 'station', 'gateway'] as const
export type Scope = (typeof SCOPES)[number]

export const AccountView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  display_name: Type.String(),
  email: NullableText,
  role: Words(ROLES),
  can_read_payloads: Type.Boolean(),
  has_password: Type.Boolean(),
  /** Signs in with the provider (OpenID Connect). */
  has_identity: Type.Boolean(),
  created_at: Time,
  disabled_at: NullableTime,
})
export type AccountView = Static<typeof AccountView>

/** Who is signed in, and what they may do. */
export const SessionView = Type.Object({
  account: AccountView,
  permissions: Type.Array(Type.String()),
  /** Set on the first visit by link: a password has to be chosen. Never for who signs in with a provider. */
  must_set_password: Type.Boolean(),
  is_demo: Type.Boolean(),
  version: Type.String(),
})
export type SessionView = Static<typeof SessionView>

/** A place where somebody is signed in; its secret is not among it. */
export const SessionInfo = Type.Object({
  id: Type.Integer(),
  created_at: Time,
  last_seen_at: Time,
  /** When it ends whatever happens; unused ones end before. */
  expires_at: Time,
  address: NullableText,
  /** What the browser says that it is. */
  user_agent: NullableText,
  /** The one that asks. */
  is_current: Type.Boolean(),
})
export type SessionInfo = Static<typeof SessionInfo>

/** How one may sign in here. */
export const SignInWays = Type.Object({
  /** Of OpenID Connect; null: there is none. */
  provider: Nullable(Type.Object({ name: Type.String() })),
})
export type SignInWays = Static<typeof SignInWays>

export const SignIn = Type.Object(
  { name: Text(100), password: Type.String({ minLength: 1, maxLength: 1000 }) },
  { additionalProperties: false },
)
export const SignInByLink = Type.Object({ link: Text(200) }, { additionalProperties: false })
export const SetPassword = Type.Object(
  {
    current: Type.Optional(Type.String({ maxLength: 1000 })),
    password: Type.String({ minLength: 10, maxLength: 1000 }),
  },
  { additionalProperties: false },
)
export const CreateAccount = Type.Object(
  {
    name: Type.String({ pattern: '^[a-zA-Z0-9._@-]+$', minLength: 1, maxLength: 100 }),
    display_name: Type.Optional(Text(200)),
    email: Type.Optional(Text(320)),
    role: Words(ROLES),
    can_read_payloads: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export const ChangeAccount = Type.Object(
  {
    display_name: Type.Optional(Text(200)),
    email: Type.Optional(Nullable(Text(320))),
    role: Type.Optional(Words(ROLES)),
    can_read_payloads: Type.Optional(Type.Boolean()),
    is_disabled: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type CreateAccount = Static<typeof CreateAccount>
export type ChangeAccount = Static<typeof ChangeAccount>

export const TokenView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  account: Type.String(),
  prefix: Type.String(),
  scopes: Type.Array(Words(SCOPES)),
  /** The only station that it may speak for; null for a token that is tied to none. */
  station: NullableText,
  created_at: Time,
  expires_at: NullableTime,
  last_used_at: NullableTime,
  revoked_at: NullableTime,
})
export type TokenView = Static<typeof TokenView>

export const CreateToken = Type.Object(
  {
    name: Text(100),
    account: Type.Optional(Text(100)),
    scopes: Type.Array(Words(SCOPES), { minItems: 1, maxItems: SCOPES.length }),
    /** Ties it to a station: with the scope `station` it speaks for this one and no other. */
    station: Type.Optional(Text(100)),
    /** Default: 90 days from now; null: never. */
    expires_at: Type.Optional(NullableTime),
  },
  { additionalProperties: false },
)
export type CreateToken = Static<typeof CreateToken>

/** The only time that the token itself is shown. */
export const CreatedToken = Type.Object({ token: Type.String(), view: TokenView })
export type CreatedToken = Static<typeof CreatedToken>

export const AuditView = Type.Object({
  id: Type.String(),
  at: Time,
  actor: Type.String(),
  address: NullableText,
  action: Type.String(),
  target: Type.String(),
  before: Json,
  after: Json,
})
export type AuditView = Static<typeof AuditView>
