import { type AlertMessage, plainLine } from './message.ts'

/** A message with the address of what it is about. */
export interface AddressedMessage {
  readonly message: AlertMessage
  /** Absolute. */
  readonly url: string
}

/** Colours of levels as the receivers take them. */
const COLOURS = { success: '#2e7d32', warning: '#b26a00', error: '#c62828' } as const
const TEAMS_COLOURS = { success: 'Good', warning: 'Warning', error: 'Attention' } as const

/** What a signed webhook carries. */
export interface WebhookPayload {
  /** `well_again` tells that the alert of this number is over. */
  readonly type: 'alert' | 'test' | 'well_again'
  /** RFC 3339: when it happened last. */
  readonly timestamp: string
  readonly data: object
}

/** The body of a signed webhook, in the form that the Standard Webhooks convention asks for. */
export function webhookPayload(
  { message, url }: AddressedMessage,
  about: { readonly isTest: boolean; readonly isOver?: boolean | undefined; readonly alertId: string | null },
): WebhookPayload {
  const { at, path: _path, ...facts } = message
  return {
    type: about.isTest ? 'test' : about.isOver === true ? 'well_again' : 'alert',
    timestamp: at,
    data: { alert_id: about.alertId, ...facts, at, url },
  }
}

/** The body for an incoming webhook of Slack, Mattermost, Rocket.Chat. Everything is text: nobody is mentioned. */
export function slackPayload({ message, url }: AddressedMessage): object {
  const { hint, level, title, what } = message
  const text = [what, hint].flatMap((part) => (part === null ? [] : slackText(part))).join('\n')
  return {
    text: slackText(title),
    mrkdwn: false,
    attachments: [
      {
        fallback: slackText(title),
        color: COLOURS[level],
        title: slackText(linkWords(message)),
        title_link: url,
        text,
        footer: slackText(footerWords(message)),
        ts: Math.floor(Date.parse(message.at) / 1_000),
        mrkdwn_in: [],
      },
    ],
  }
}

/** The body for a workflow of Teams that takes an adaptive card. Runs of text are not read as markdown. */
export function teamsPayload({ message, url }: AddressedMessage): object {
  const { hint, level, title, what } = message
  const line = (text: string, look: object = {}) => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text, ...look }],
  })
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      line(title, { size: 'Large', weight: 'Bolder', color: TEAMS_COLOURS[level] }),
      ...[what, hint].flatMap((part) => (part === null ? [] : [line(part)])),
      line(footerWords(message), { size: 'Small', isSubtle: true }),
    ],
    actions: [{ type: 'Action.OpenUrl', title: linkWords(message), url }],
  }
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  }
}

/** A mail: its subject, and the same words as text and as HTML. */
export interface MailContent {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** The mail of a message. */
export function mailContent({ message, url }: AddressedMessage): MailContent {
  const { hint, level, title, what } = message
  const parts = [what, hint].flatMap((part) => part ?? [])
  const link = linkWords(message)
  const text = [title, ...parts, `${link}: ${url}`, `-- \n${footerWords(message)}`].join('\n\n')
  const paragraphs = parts.map((part) => `<p style="margin:0 0 12px">${lines(part)}</p>`).join('')
  const html = [
    '<!doctype html><html><body style="font-family:sans-serif;font-size:15px;line-height:1.5;color:#1f2328">',
    `<h1 style="font-size:18px;margin:0 0 12px;color:${COLOURS[level]}">${escapeHtml(title)}</h1>`,
    paragraphs,
    `<p style="margin:0 0 24px"><a href="${escapeHtml(url)}">${escapeHtml(link)}</a></p>`,
    `<p style="margin:0;font-size:13px;color:#59636e">${escapeHtml(footerWords(message))}</p></body></html>`,
  ].join('')
  return { subject: plainLine(title), text: `${text}\n`, html }
}

function linkWords({ job, path }: AlertMessage): string {
  if (job !== null) return 'See the job'
  return path.startsWith('/printers/') ? 'See the printer' : 'See it in Andon'
}

function footerWords({ rule, since, at, times }: AlertMessage): string {
  const when = times === 1 ? at : `${times} times from ${since} to ${at}`
  return `Andon, rule “${rule}”, ${when}`
}

/** The three characters by which Slack writes links and mentions. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function lines(text: string): string {
  return escapeHtml(text).replaceAll('\n', '<br>')
}

/** Text as it stands in HTML, within an element or an attribute in quotes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
