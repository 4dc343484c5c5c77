import { catalogueError, mailContent, messageOf, plainLine, problem } from '@andon/core'
import { completed, completedWithErrors, type Decision } from '@andon/worker'
import { createTransport } from 'nodemailer'
import type { Delivery } from './work.ts'

/** Longest wait for an answer of the mail server. */
const TIMEOUT_MS = 20_000

/** How this server sends mail. */
export interface MailSettings {
  /** `smtp://` or `smtps://`, with name and password where they are needed. */
  readonly smtpUrl: string
  /** Sender: an address, or `Name <address>`. */
  readonly from: string
}

/** A way to a mail server; made once, used for each message. */
export interface Mailer {
  readonly from: string
  readonly transport: ReturnType<typeof createTransport>
}

/** The way to the mail server of these settings. Nothing is connected before the first message. */
export function mailer({ from, smtpUrl }: MailSettings): Mailer {
  const limits = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS }
  const transport = createTransport({ url: smtpUrl, ...limits, disableFileAccess: true, disableUrlAccess: true })
  return { from, transport }
}

/**
 * Sends a message as mail. Sent again after a loss of the connection, it has the same id, so that a reader sees it once.
 *
 * @throws mail_not_configured, mail_unreachable, mail_refused
 */
export async function sendMail({ channel, input, job, url }: Delivery, by: Mailer | null): Promise<Decision> {
  if (channel.kind !== 'email') throw problem('rule_not_found', { detail: 'The rule tells by another channel now.' })
  if (by === null) throw problem('mail_not_configured')
  const { html, subject, text } = mailContent({ message: input.message, url })
  await job.step(`Send to ${channel.to.join(', ')}`)
  const info = await by.transport
    .sendMail({
      from: by.from,
      to: [...channel.to],
      subject,
      text,
      html,
      messageId: `<${job.id}@${domainOf(by.from)}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
    .catch((error: unknown) => {
      throw mailProblem(error)
    })
  const refused = info.rejected.map(String)
  const result = { accepted: info.accepted.map(String), refused, response: plainLine(info.response) }
  const summary = `Sent to ${result.accepted.join(', ')}`
  if (refused.length === 0) return completed(result, summary)
  const error = catalogueError('mail_partly_refused', `Refused: ${refused.join(', ')}`)
  return completedWithErrors(error, result, summary)
}

/** What the server answered decides: 5xx are its last word, all else may be better later. */
function mailProblem(cause: unknown): Error {
  const code = typeof cause === 'object' && cause !== null && 'responseCode' in cause ? Number(cause.responseCode) : 0
  return problem(code >= 500 ? 'mail_refused' : 'mail_unreachable', { detail: plainLine(messageOf(cause)), cause })
}

function domainOf(from: string): string {
  return /@([^\s@>]+)>?\s*$/.exec(from)?.[1] ?? 'andon'
}
