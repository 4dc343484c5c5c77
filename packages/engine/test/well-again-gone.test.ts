import { changeStation, createStation, findStation, removeLane, removeStation, renameLane } from '@andon/store'
import { expect, test } from 'vitest'
import { watchedPrinters } from './watched-printers.ts'
import { WatchedShop } from './watched-shop.ts'

const ANNA = { name: 'anna' }
const shop = new WatchedShop()
const { alerts, rows, rule, titles } = shop
const { at, pass, printer, set } = watchedPrinters(shop)

/** Nothing more is told, nothing is open, and nothing waits to be told. */
const gone = async () => {
  await pass(2)
  expect([await titles(), await alerts()]).toMatchObject([{ length: 1 }, []])
  expect(await rows('select from alert where untold > 0 or is_over_untold')).toEqual([])
}

test('nothing is told of a printer that is removed', async () => {
  await rule({ on: 'printer_down' })
  const { id } = await printer()
  await set('offline')
  await pass()
  await removeLane(shop.store, id, ANNA)
  await gone()
})

test('nothing is told of a printer that is removed, of a group in which others are well', async () => {
  await rule({ on: 'printer_down' }, { grouping: 'rule' })
  const { id } = await printer()
  await printer('Badge')
  await set('offline', 120, [], 'Zebra')
  await set('idle', 120, [], 'Badge')
  await pass()
  await removeLane(shop.store, id, ANNA)
  await gone()
})

test('a printer that is renamed is told of by its new name alone', async () => {
  await rule({ on: 'printer_down' })
  const { id } = await printer()
  await set('offline')
  await pass()
  await renameLane(shop.store, id, 'Zeta', ANNA)
  await pass(2)
  expect(await titles()).toEqual(['Zebra: offline', 'Zeta: offline'])
  expect(await alerts()).toMatchObject([{ key: 'Zeta' }])
  await set('idle')
  await pass(2)
  expect((await titles()).slice(2)).toEqual(['Zeta is well again'])
})

test('nothing good is told of a station that is no print server any more, is renamed or removed', async () => {
  await rule({ on: 'station_down' })
  const named = async (name: string) => {
    await createStation(shop.store, { name, isPrintServer: true }, ANNA)
    return findStation(shop.store, name)
  }
  const [desk, till, ramp] = [await named('Desk'), await named('Till'), await named('Ramp')]
  if (desk === null || till === null || ramp === null) throw new Error('a station is missing')
  await rows('update station set seen_at = now(), lost_at = now()')
  await pass()
  expect(await titles()).toHaveLength(3)
  await changeStation(shop.store, desk, { isPrintServer: false }, ANNA)
  await changeStation(shop.store, till, { name: 'Till 2' }, ANNA)
  await removeStation(shop.store, ramp, ANNA)
  await pass(2)
  expect((await titles()).slice(3)).toEqual(['Station Till 2 does not answer'])
  expect(await alerts()).toMatchObject([{ key: 'Till 2' }])
})

test('nothing is told of a printer that is removed while the good message waits', async () => {
  const hours = { from: '00:00', to: '12:00', zone: 'UTC' }
  await rule({ on: 'printer_down' }, { quiet: { minutes: 0, hours } })
  const { id } = await printer()
  await set('offline')
  await at('13:00:00')
  await set('idle')
  await at('01:00:00')
  await removeLane(shop.store, id, ANNA)
  await at('13:00:00')
  await gone()
})
