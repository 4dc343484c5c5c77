import type { ErrorEntry } from './entry.ts'

/** What can go wrong with rules, and with telling people. */
export const NOTIFY_ERRORS = {
  rule_not_found: {
    status: 404,
    title: 'There is no such rule',
    hint: 'See the rules with: andon rules list',
    retryable: false,
  },
  alert_not_found: {
    status: 404,
    title: 'There is no such alert',
    hint: 'See the alerts with: andon rules alerts',
    retryable: false,
  },
  mail_not_configured: {
    status: 409,
    title: 'This server cannot send mail yet',
    hint: 'Set ANDON_SMTP_URL (such as smtps://name:password@mail.example.com) and ANDON_MAIL_FROM, then start the server again.',
    retryable: false,
  },
  mail_unreachable: {
    status: null,
    title: 'The mail server cannot be reached, or asks for patience',
    hint: 'It is tried again by itself. Check ANDON_SMTP_URL and that the mail server runs.',
    retryable: true,
  },
  mail_refused: {
    status: null,
    title: 'The mail server refused the message',
    hint: 'Check the addresses of the rule, ANDON_MAIL_FROM, and the name and password in ANDON_SMTP_URL.',
    retryable: false,
  },
  mail_partly_refused: {
    status: null,
    title: 'The mail server refused some of the addresses',
    hint: 'Check the addresses of the rule that are named.',
    retryable: false,
  },
  webhook_failed: {
    status: null,
    title: 'The webhook did not take the message',
    hint: 'It is tried again by itself. Look whether the receiver is up and answers in time.',
    retryable: true,
  },
  webhook_refused: {
    status: null,
    title: 'The webhook refused the message',
    hint: 'Check the address of the rule and what the receiver expects, then send a test.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>
