import { BlockList, isIP } from 'node:net'

/** Networks that documents are never fetched from: RFC 6890, 4193, 4291, 6598, and what embeds such an address. */
const PRIVATE_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** All but 2000::/3, which is all that is routed; and within it what is for documentation or embeds an IPv4 address. */
const PRIVATE_IPV6 = ['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

// Two lists: in one, a network of IPv6 that holds ::ffff:0:0/96 would hold every IPv4 address.
const PRIVATE = { ipv4: blockList(PRIVATE_IPV4), ipv6: blockList(PRIVATE_IPV6) }

/** Decides which hosts and addresses the server may connect to on somebody's behalf. */
export interface AddressGuard {
  /** Whether a host name stands in the allow-list, so that its addresses are not looked at. */
  isHostAllowed(host: string): boolean
  /** Whether an IP address (with or without brackets) may be connected to; false for whatever is no address. */
  isAddressAllowed(address: string): boolean
}

/** @param allow host names, addresses and networks (`10.1.0.0/16`) that are allowed though they are private */
export function addressGuard(allow: readonly string[]): AddressGuard {
  const networks = allow.filter((entry) => isIP(entry.split('/')[0] ?? '') !== 0)
  const allowed = blockList(
    networks.map((entry) => (entry.includes('/') ? entry : `${entry}/${isIP(entry) === 4 ? 32 : 128}`)),
  )
  const hosts = new Set(allow.filter((entry) => !networks.includes(entry)).map((entry) => entry.toLowerCase()))
  return {
    isHostAllowed: (host) => hosts.has(host.toLowerCase()),
    isAddressAllowed: (address) => {
      const plain = plainAddress(address)
      const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
      return isIP(plain) !== 0 && (allowed.check(plain, family) || !PRIVATE[family].check(plain, family))
    },
  }
}

/** Without brackets and zone; an IPv4 address that is written as IPv6 (`::ffff:127.0.0.1`) as what it is. */
function plainAddress(address: string): string {
  const bare = address
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
    .toLowerCase()
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1]
  if (dotted !== undefined) return dotted
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare)
  if (!hex) return bare
  const [high, low] = [Number.parseInt(hex[1] ?? '', 16), Number.parseInt(hex[2] ?? '', 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits = '0'] = network.split('/')
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}
