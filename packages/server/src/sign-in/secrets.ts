import { createHash, randomBytes } from 'node:crypto'

/** What every token begins with, so that scanners of leaked secrets find it. */
export const TOKEN_PREFIX = 'andon_'

/** A secret of 256 bits that is safe in headers, cookies and addresses. */
export function newSecret(prefix = ''): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`
}

/** What is stored of a secret. Secrets are random, so one round of SHA-256 is enough. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Whether a text can be a secret of ours at all: what cannot is refused without asking the database. */
export function looksLikeSecret(text: string, prefix = ''): boolean {
  return text.length === prefix.length + 43 && text.startsWith(prefix) && /^[A-Za-z0-9_-]+$/.test(text)
}
