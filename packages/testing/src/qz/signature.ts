import { createHash, createSign, generateKeyPairSync, verify, X509Certificate, type KeyObject } from 'node:crypto'

/** A request of a client, as far as its signature covers it or is about it. */
export interface QzSigned {
  readonly call?: string
  readonly params?: unknown
  readonly timestamp?: number
  /** Base64. */
  readonly signature?: string | null
  /** SHA1, SHA256 or SHA512; QZ Tray takes SHA1 when it is not there. */
  readonly signAlgorithm?: string
}

/** A key and the certificate of it that nobody else vouches for; made anew each time. */
export interface QzIdentity {
  /** PEM. */
  readonly certificate: string
  /** The private key, PEM. */
  readonly key: string
  /** Signs the text that the client hands to its signature promise, base64. */
  sign(text: string, algorithm?: 'SHA1' | 'SHA256' | 'SHA512'): string
}

/** How far the clock of a request may be from ours. */
const VALID_SIGNING_MS = 15 * 60_000
const ALGORITHMS = new Set(['SHA1', 'SHA256', 'SHA512'])
const INTERMEDIATE = '--START INTERMEDIATE CERT--'

/** The public key of a certificate that a client sent; null when it is none. */
export function keyOfCertificate(pem: unknown): KeyObject | null {
  if (typeof pem !== 'string') return null
  try {
    return new X509Certificate(pem.split(INTERMEDIATE)[0] ?? '').publicKey
  } catch {
    return null
  }
}

/** Whether a request bears the signature of that key, over the text that the client was made to sign, and is fresh. */
export function isSigned(key: KeyObject, request: QzSigned): boolean {
  const { call, params, timestamp, signature, signAlgorithm = 'SHA1' } = request
  if (typeof timestamp !== 'number' || Math.abs(Date.now() - timestamp) > VALID_SIGNING_MS) return false
  if (typeof signature !== 'string' || signature === '' || !ALGORITHMS.has(signAlgorithm)) return false
  const hash = createHash('sha256').update(JSON.stringify({ call, params, timestamp })).digest('hex')
  return verify(`RSA-${signAlgorithm}`, Buffer.from(hash), key, Buffer.from(signature, 'base64'))
}

/** Makes a key and its certificate, for clients that have to sign. */
export function makeQzIdentity(): QzIdentity {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const sign = (text: string, algorithm = 'SHA512'): string =>
    createSign(`RSA-${algorithm}`).update(text).sign(privateKey, 'base64')
  const name = sequence(der(0x31, sequence(der(0x06, COMMON_NAME), der(0x0c, Buffer.from('station.test')))))
  const validity = sequence(der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z')))
  const algorithm = sequence(der(0x06, SHA256_WITH_RSA), der(0x05, Buffer.alloc(0)))
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const body = sequence(der(0x02, Buffer.of(1)), algorithm, name, validity, name, spki)
  const seal = createSign('RSA-SHA256').update(body).sign(privateKey)
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.of(0), seal])))
  const lines = whole.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, key, sign }
}

/** 2.5.4.3 */
const COMMON_NAME = Buffer.of(0x55, 0x04, 0x03)
/** 1.2.840.113549.1.1.11 */
const SHA256_WITH_RSA = Buffer.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b)

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

/** One value of ASN.1 DER with its tag and length. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content])
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), content])
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), content])
}
