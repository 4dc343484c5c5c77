import { sign, webcrypto } from 'node:crypto'
import { keepQzIdentity, readQzIdentity, type Store, type StoredQzIdentity } from '@andon/store'

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-512',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
}
/** QZ Tray asks its user once for each certificate: a new one would ask at every desk. */
const VALID_YEARS = 20

/**
 * The key and certificate with which stations are known to their QZ Trays. They are made once for the installation, at
 * the first use, and kept in the database; the key never leaves the server.
 */
export class QzIdentity {
  readonly #store: Store
  #identity: Promise<StoredQzIdentity> | null = null

  constructor(store: Store) {
    this.#store = store
  }

  /** PEM: what a person may also put into QZ Tray's list of trusted sites. */
  async certificate(): Promise<string> {
    return (await this.#read()).certificate
  }

  /** The signature of a text: RSA with SHA-512, base64 (QZ Tray, "Signing"). */
  async sign(text: string): Promise<string> {
    const { key } = await this.#read()
    return sign('RSA-SHA512', Buffer.from(text), key).toString('base64')
  }

  #read(): Promise<StoredQzIdentity> {
    this.#identity ??= this.#find().catch((error: unknown) => {
      this.#identity = null
      throw error
    })
    return this.#identity
  }

  async #find(): Promise<StoredQzIdentity> {
    return (await readQzIdentity(this.#store)) ?? keepQzIdentity(this.#store, await makeIdentity())
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
