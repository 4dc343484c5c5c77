import { type NotificationInput, NOTIFY_TYPES, problem, type RuleChannel } from '@andon/core'
import { adoptNotification, NOTIFICATION_QUEUE, type Store } from '@andon/store'
import type { Handler, JobContext } from '@andon/worker'
import type { OwnWork } from '../start.ts'
import { type Mailer, sendMail } from './mail.ts'
import { postWebhook } from './webhook.ts'

/** Messages of this process that are on their way at once. */
const SLOTS = 4

/** What deliveries are made with. */
export interface NotifyOptions {
  readonly store: Store
  /** Null: this server sends no mail. */
  readonly mailer: Mailer | null
  /** Address of the dashboard, without a slash at its end: where links lead. */
  readonly dashboardUrl: string
  /** Private hosts, addresses and networks that webhooks may go to all the same. */
  readonly allow: readonly string[]
}

/** One message to one channel. */
export interface Delivery {
  readonly job: JobContext
  readonly input: NotificationInput
  readonly channel: RuleChannel
  /** Of a channel that is signed; null otherwise. */
  readonly secret: string | null
  /** Absolute address of what the message is about. */
  readonly url: string
}

/** Tells people what rules found, by mail or over HTTP. */
export function notifyWork(options: NotifyOptions): OwnWork {
  return {
    queue: NOTIFICATION_QUEUE,
    slots: SLOTS,
    handlers: {
      [NOTIFY_TYPES.email]: handler(options, (delivery) => sendMail(delivery, options.mailer)),
      [NOTIFY_TYPES.webhook]: handler(options, (delivery) => postWebhook(delivery, options.allow)),
    },
  }
}

function handler({ dashboardUrl, store }: NotifyOptions, deliver: (delivery: Delivery) => Promise<unknown>): Handler {
  return async (job) => {
    const { channel, secret } = await channelOf(store, job.id)
    // A job that a rule made has the input that the rule gave it.
    const input = job.input as NotificationInput
    return deliver({ job, input, channel, secret, url: `${dashboardUrl}${input.message.path}` })
  }
}

/** Where the rule tells now. @throws rule_not_found when it was removed, or no rule made this job */
async function channelOf(store: Store, jobId: string): Promise<Pick<Delivery, 'channel' | 'secret'>> {
  const made = await adoptNotification(store, jobId)
  if (made === null) throw problem('rule_not_found', { detail: 'No rule made this job, so nobody is told.' })
  if (made.channel === null) throw problem('rule_not_found', { detail: 'The rule was removed, so nobody is told.' })
  return { channel: made.channel, secret: made.secret }
}
