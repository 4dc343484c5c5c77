import { describe, expect, it } from 'vitest'
import { createDriver } from '../src/drivers.ts'
import { networkWords } from '../src/network.ts'

describe('a network error', () => {
  it('says something, whatever it is made of', () => {
    // For `localhost`, which has two addresses, Node gives an error without a message.
    const several = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
    const errors = [several, new Error('socket hang up'), new Error(''), 'odd']
    expect(errors.map(networkWords)).toEqual(['ECONNREFUSED', 'socket hang up', 'failed', 'odd'])
  })

  it('of a raw printer without a port names the usual one', async () => {
    const driver = createDriver({ driver: 'raw', uri: 'socket://127.0.0.1', settings: {} })
    expect(await driver.status(AbortSignal.timeout(5_000))).toMatchObject({
      state: 'offline',
      message: expect.stringContaining('9100'),
    })
    await driver.close()
  })
})
