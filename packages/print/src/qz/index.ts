export { QzCallError, type WebSocketType } from './client.ts'
export {
  QzConnection,
  type QzConnectionOptions,
  type QzConnectionState,
  type QzConnectionStatus,
  type QzWatch,
} from './connection.ts'
export { QzDriver } from './driver.ts'
export { QZ_FORMATS } from './document.ts'
export { QZ_SETTINGS, type QzSettings } from './settings.ts'
