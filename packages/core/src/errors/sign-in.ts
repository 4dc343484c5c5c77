import type { ErrorEntry } from './entry.ts'

/** What keeps people from signing in. The sign-in page knows them too: a provider's answer comes to it by its address. */
export const SIGN_IN_ERRORS = {
  sign_in_failed: {
    status: 401,
    title: 'Name or password is wrong',
    hint: 'Check both and try again. An administrator can set a new password.',
    retryable: false,
  },
  link_invalid: {
    status: 401,
    title: 'The sign-in link was used already or is too old',
    hint: 'Ask for a new link with: andon users link',
    retryable: false,
  },
  sign_in_expired: {
    status: 400,
    title: 'The sign-in took too long or was begun in another browser',
    hint: 'Begin again on the sign-in page.',
    retryable: false,
  },
  provider_refused: {
    status: 401,
    title: 'The sign-in provider did not let you in',
    hint: 'Try again. When it happens again, show this message to an administrator.',
    retryable: false,
  },
  provider_unreachable: {
    status: 503,
    title: 'The sign-in provider does not answer',
    hint: 'Try again in a moment, or sign in with a password. An administrator finds the reason in the log of the server.',
    retryable: true,
  },
  identity_unknown: {
    status: 403,
    title: 'Nobody here belongs to this sign-in yet',
    hint: 'Ask an administrator for an account; then connect it to the provider in Settings, Account.',
    retryable: false,
  },
  identity_taken: {
    status: 409,
    title: 'This sign-in belongs to another account already',
    hint: 'Sign in with it, or ask an administrator.',
    retryable: false,
  },
  session_not_found: {
    status: 404,
    title: 'There is no such session',
    hint: 'It has ended, or is somebody else’s. See the sessions in Settings, Account.',
    retryable: false,
  },
  last_way_in: {
    status: 409,
    title: 'There would be no way left to sign in',
    hint: 'Choose a password first.',
    retryable: false,
  },
  account_disabled: {
    status: 403,
    title: 'The account is disabled',
    hint: 'Ask an administrator to enable it again.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>
