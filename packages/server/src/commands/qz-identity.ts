import { sign, webcrypto } from 'node:crypto'
import type { Store } from '@andon/store'
import { KeptSecret } from '../sign-in/kept-secret.ts'

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-512',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
}
/** QZ Tray asks its user once for each certificate: a new one would ask at every desk. */
const VALID_YEARS = 20

/** What every QZ Tray of the installation is to trust. */
interface StoredQzIdentity {
  /** PEM. */
  readonly certificate: string
  /** PKCS #8, PEM. Never leaves the server. */
  readonly key: string
}

/**
 * The key and certificate with which stations are known to their QZ Trays. They are made once for the installation, at
 * the first use, and kept in the database; the key never leaves the server.
 */
export class QzIdentity {
  readonly #identity: KeptSecret<StoredQzIdentity>

  constructor(store: Store) {
    this.#identity = new KeptSecret(store, 'qz.identity', makeIdentity)
  }

  /** PEM: what a person may also put into QZ Tray's list of trusted sites. */
  async certificate(): Promise<string> {
    return (await this.#identity.read()).certificate
  }

  /** The signature of a text: RSA with SHA-512, base64 (QZ Tray, "Signing"). */
  async sign(text: string): Promise<string> {
    const { key } = await this.#identity.read()
    return sign('RSA-SHA512', Buffer.from(text), key).toString('base64')
  }
}

/** Once in the life of an installation: what makes certificates is not loaded at each start. */
async function makeIdentity(): Promise<StoredQzIdentity> {
  await import('reflect-metadata')
  const { PemConverter, X509CertificateGenerator } = await import('@peculiar/x509')
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const notBefore = new Date()
  const notAfter = new Date(notBefore)
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + VALID_YEARS)
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString('hex'),
    name: 'CN=Andon, O=Andon stations',
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    keys,
  })
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  return { certificate: certificate.toString('pem'), key }
}
