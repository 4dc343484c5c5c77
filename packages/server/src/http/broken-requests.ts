import type { Socket } from 'node:net'
import { problem, toProblemDocument } from '@andon/core'

/** Answers what is no HTTP request, or one whose headers are too large, and ends the connection. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const isTooLarge = error.code === 'HPE_HEADER_OVERFLOW'
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const detail = isTooLarge
    ? 'The headers are too large'
    : isLate
      ? 'The request took too long'
      : 'This is no HTTP request'
  const status = isTooLarge ? '431 Request Header Fields Too Large' : isLate ? '408 Request Timeout' : '400 Bad Request'
  const document = { ...toProblemDocument(problem('bad_request', { detail }), ''), status: Number(status.slice(0, 3)) }
  const body = JSON.stringify(document)
  const head = [
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end([`HTTP/1.1 ${status}`, ...head, '', body].join('\r\n'))
}
