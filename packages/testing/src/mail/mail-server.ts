import type { AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

/** How a mail server treats an address, when it is not to take it. */
export interface MailRefusal {
  /** 4xx: later; 5xx: never. */
  readonly code: number
  readonly message: string
}

/** A real SMTP server on loopback that keeps what it is sent. */
export class MailServer implements AsyncDisposable {
  /** `smtp://127.0.0.1:…` */
  readonly url: string
  /** What came, oldest first. */
  readonly mails: ParsedMail[] = []
  /** By recipient; changed by tests. */
  readonly refusals: Map<string, MailRefusal>
  readonly #server: SMTPServer

  constructor(server: SMTPServer, refusals: Map<string, MailRefusal>) {
    this.#server = server
    this.refusals = refusals
    const { port } = server.server.address() as AddressInfo
    this.url = `smtp://127.0.0.1:${port}`
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
    })
  }
}

/** Starts an SMTP server without TLS or sign-in on a free port. */
export async function startMailServer(): Promise<MailServer> {
  const holder: { mail?: MailServer } = {}
  const refusals = new Map<string, MailRefusal>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: ({ address }, _session, callback) => {
      const refusal = refusals.get(address)
      callback(refusal ? Object.assign(new Error(refusal.message), { responseCode: refusal.code }) : null)
    },
    onData: (stream, _session, callback) => {
      simpleParser(stream, (error: Error | null, mail) => {
        if (error === null) holder.mail?.mails.push(mail)
        callback(error)
      })
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  holder.mail = new MailServer(server, refusals)
  return holder.mail
}
