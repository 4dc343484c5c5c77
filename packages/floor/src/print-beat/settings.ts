import { problem } from '@andon/core'

/** How HP Print Beat is reached. */
export interface PrintBeatSettings {
  /** What stands before `/externalApi/jobs`, without a slash at the end. */
  readonly url: string
  /** Names the connector at HP; sent with each request. */
  readonly key: string
  /** Signs the requests; never sent, logged or told. */
  readonly secret: string
  /** Serial numbers of presses; an empty text: all that the key may see, read together. */
  readonly devices: readonly string[]
}

/** The settings as the environment has them. Undefined: not set. */
export interface GivenPrintBeatSettings {
  readonly url?: string | undefined
  readonly key?: string | undefined
  readonly secret?: string | undefined
  /** With commas between them. */
  readonly devices?: string | undefined
}

const ALL_DEVICES = ''
const KEY = /^[\x21-\x39\x3b-\x7e]{1,200}$/
const SECRET = /^[\x21-\x7e]{1,500}$/
const DEVICE = /^[A-Za-z0-9._-]{1,100}$/
const MOST_DEVICES = 50

/**
 * The settings with everything decided; null when none is set, so that Print Beat is not asked.
 *
 * @throws config_invalid naming the variable and what it takes, never what it has
 */
export function printBeatSettings(given: GivenPrintBeatSettings): PrintBeatSettings | null {
  const { devices, key, secret, url } = given
  if ([url, key, secret, devices].every((value) => value === undefined)) return null
  return {
    url: baseUrl(url),
    key: matching('KEY', key, KEY),
    secret: matching('SECRET', secret, SECRET),
    devices: devicesOf(devices),
  }
}

function baseUrl(text: string | undefined): string {
  const allowed = 'an http or https address such as https://printos.api.hp.com/printbeat'
  if (text === undefined) throw invalid('URL', 'is not set', allowed)
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw invalid('URL', 'is no address', allowed)
  if (url.username !== '' || url.password !== '') throw invalid('URL', 'has a name or password in it', allowed)
  if (url.search !== '' || url.hash !== '') throw invalid('URL', 'has something behind its path', allowed)
  return (url.origin + url.pathname).replace(/\/+$/, '')
}

function matching(name: 'KEY' | 'SECRET', text: string | undefined, pattern: RegExp): string {
  const allowed = `the ${name.toLowerCase()} of a PrintOS connector, without spaces`
  if (text === undefined) throw invalid(name, 'is not set', allowed)
  if (!pattern.test(text)) throw invalid(name, 'has signs that no connector has', allowed)
  return text
}

function devicesOf(text: string | undefined): string[] {
  const allowed = `up to ${MOST_DEVICES} serial numbers of presses with commas between them, or nothing for all`
  const devices = [...new Set((text ?? '').split(',').map((device) => device.trim()))].filter((device) => device !== '')
  if (devices.length > MOST_DEVICES) throw invalid('DEVICES', `names ${devices.length} presses`, allowed)
  if (!devices.every((device) => DEVICE.test(device))) throw invalid('DEVICES', 'is no list of serial numbers', allowed)
  return devices.length === 0 ? [ALL_DEVICES] : devices
}

function invalid(name: 'URL' | 'KEY' | 'SECRET' | 'DEVICES', what: string, allowed: string): Error {
  const field = `PRINT_BEAT_${name}`
  return problem('config_invalid', { field, detail: `${field} ${what}.`, allowed })
}
