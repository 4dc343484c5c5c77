import { inspect } from 'node:util'
import { SILENT } from '@andon/store'
import { describe, expect, test } from 'vitest'
import { type GivenPrintBeatSettings, printBeatSettings, startPrintBeat } from '../src/index.ts'
import { KEY, SECRET } from './print-beat-world.ts'
import { FloorWorld } from './world.ts'

describe('settings of Print Beat', () => {
  const whole = { url: 'https://printos.api.hp.com/printbeat/', key: KEY, secret: SECRET }

  test('are off when nothing is set, and read all presses when none is named', () => {
    expect(printBeatSettings({})).toBeNull()
    expect(printBeatSettings(whole)).toEqual({ ...whole, url: 'https://printos.api.hp.com/printbeat', devices: [''] })
    expect(printBeatSettings({ ...whole, devices: ' 47200165, 47200166,47200165' })?.devices).toEqual([
      '47200165',
      '47200166',
    ])
  })

  const wrong: readonly [string, GivenPrintBeatSettings][] = [
    ['PRINT_BEAT_URL', { ...whole, url: undefined }],
    ['PRINT_BEAT_URL', { ...whole, url: 'printos.api.hp.com' }],
    ['PRINT_BEAT_URL', { ...whole, url: 'ftp://printos.api.hp.com' }],
    ['PRINT_BEAT_URL', { ...whole, url: `https://u:${SECRET}@printos.api.hp.com` }],
    ['PRINT_BEAT_URL', { ...whole, url: 'https://printos.api.hp.com/?a=1' }],
    ['PRINT_BEAT_KEY', { ...whole, key: undefined }],
    ['PRINT_BEAT_KEY', { ...whole, key: 'a:b' }],
    ['PRINT_BEAT_SECRET', { ...whole, secret: undefined }],
    ['PRINT_BEAT_SECRET', { ...whole, secret: `${SECRET}\n` }],
    ['PRINT_BEAT_DEVICES', { ...whole, devices: '47200165&sortOrder=DESC' }],
  ]
  for (const [index, [field, given]] of wrong.entries()) {
    test(`refuse ${field} (${index}) without telling the secret`, () => {
      let refused: unknown
      try {
        printBeatSettings(given)
      } catch (error) {
        refused = error
      }
      expect(refused).toMatchObject({ code: 'config_invalid', field })
      expect(inspect(refused, { depth: null })).not.toContain(SECRET)
    })
  }

  test('decide whether the connector is started', async () => {
    await using world = await FloorWorld.open()
    const { databases } = world
    expect(startPrintBeat(databases, {}, { log: SILENT, run: () => 'running' })).toBeNull()
    expect(startPrintBeat(databases, whole, { log: SILENT, run: ({ name }) => name })).toBe('print-beat')
  })
})
