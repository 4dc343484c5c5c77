export { emptyDatabase, testDatabase } from './database.ts'
export type { TestDatabase } from './database.ts'
export {
  PrintServer,
  type PrintServerFault,
  type PrintServerJob,
  type PrintServerOptions,
  startPrintServer,
} from './print/print-server.ts'
export { startZebra, type ZebraFault, type ZebraLabel, type ZebraOptions, ZebraPrinter } from './print/zebra.ts'
export { PDF_PAGE } from './print/documents.ts'
export { LabDevice, PrintLab, printLabMissing, startPrintLab } from './print/lab.ts'
export { makeQzIdentity, type QzIdentity } from './qz/signature.ts'
export { QzTray, type QzTrayOptions, type QzTraps, startQzTray } from './qz/tray.ts'
export type { QzEvent } from './qz/status.ts'
export { startTcpProxy, TcpProxy } from './tcp-proxy.ts'
export {
  pressAttempts,
  type PrintBeatAttempt,
  type PrintBeatFault,
  PrintBeatServer,
  type PrintBeatServerOptions,
  startPrintBeatServer,
} from './floor/print-beat.ts'
export { MailServer, type MailRefusal, startMailServer } from './mail/mail-server.ts'
export { type ReceivedWebhook, startWebhookReceiver, type WebhookAnswer, WebhookReceiver } from './webhook-receiver.ts'
