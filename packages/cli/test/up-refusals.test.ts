import { createServer } from 'node:net'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { environment } from '../src/environment.ts'
import { upSettings } from '../src/up/settings.ts'
import { runUp } from '../src/up/up.ts'

const ENVIRONMENT = environment({})
const ALL = { server: true, printing: true }

test('refuses a folder that cannot be made, at once', async () => {
  const settings = upSettings({ data: '/proc/andon', port: '0', logLevel: 'silent' }, ENVIRONMENT)
  await expect(runUp(settings, ALL)).rejects.toMatchObject({
    code: 'embedded_failed',
    detail: expect.stringContaining('--data'),
  })
})

test('names the flag when the port is taken, and takes down what it brought up', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'andon-port-'))
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? String(address.port) : '0'
  try {
    const settings = upSettings({ data: folder, port, logLevel: 'silent' }, ENVIRONMENT)
    const refused = { code: 'config_invalid', field: '--port' }
    await expect(runUp(settings, ALL)).rejects.toMatchObject(refused)
    // The folder is free again: nothing of the first try is left.
    await expect(runUp(settings, ALL)).rejects.toMatchObject(refused)
  } finally {
    other.close()
    await rm(folder, { recursive: true, force: true })
  }
})

test.each([
  [{ port: '70000' }, '--port'],
  [{ port: 'http' }, '--port'],
  [{ logLevel: 'loud' }, '--log-level'],
  [{ slots: '0' }, '--slots'],
])('refuses %j by its flag', (flags, field) => {
  expect(() => upSettings(flags, ENVIRONMENT)).toThrowError(
    expect.objectContaining({ code: 'validation_failed', field }),
  )
})

test('reads from the environment which fields the log leaves out', () => {
  const settings = upSettings({}, environment({ ANDON_LOG_SECRETS: 'iban, customer_no' }))
  expect(settings.logSecrets).toEqual(['iban', 'customer_no'])
  expect(upSettings({}, ENVIRONMENT).logSecrets).toEqual([])
})

test('listens to this machine only, unless told otherwise', () => {
  expect(upSettings({}, ENVIRONMENT).host).toBe('127.0.0.1')
  expect(upSettings({}, environment({ ANDON_HOST: '10.0.0.7' })).host).toBe('10.0.0.7')
  expect(upSettings({ host: '0.0.0.0' }, environment({ ANDON_HOST: '10.0.0.7' })).host).toBe('0.0.0.0')
})
