import { lookup as resolveName } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { ToolError } from '#contract'

/**
 * Addresses that a person's url never reaches: this machine itself, whose services trust it; link-local ones and the metadata services
 * of clouds, which hand out credentials; and what is no single host. Private networks are allowed: that is where models are served.
 */
const forbidden = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['224.0.0.0', 3],
] as const)
  forbidden.addSubnet(net, bits, 'ipv4')
// Alibaba's metadata service and Azure's wire server
for (const address of ['100.100.100.200', '168.63.129.16']) forbidden.addAddress(address, 'ipv4')
for (const [net, bits] of [
  ['::', 127],
  // IPv4 in other clothes: 6to4, NAT64
  ['2002::', 16],
  ['64:ff9b::', 96],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  // Amazon's metadata service
  ['fd00:ec2::', 32],
  ['fd20:ce::254', 128],
] as const)
  forbidden.addSubnet(net, bits, 'ipv6')

/** `::ffff:127.0.0.1` is 127.0.0.1. */
const mapped = (address: string) => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address

export function isForbidden(address: string): boolean {
  const plain = mapped(address)
  const family = isIP(plain)
  if (family === 0) return true
  // The hexadecimal form of a mapped address
  if (family === 6 && /^::ffff:/i.test(plain)) return true
  return forbidden.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}

const refuse = (message: string, next: string) =>
  new ToolError('invalid-input', message, { field: 'url', next, changed: 'nothing' })

const noWay = (host: string) =>
  refuse(
    `${host} is this machine, a link-local address or a cloud's metadata service`,
    'Give the address other machines know it by. A model on this machine: configure it as llm, then it is allowed.',
  )

/**
 * The base address of an OpenAI API that a person names: http or https, no login, query or fragment in it, and no forbidden address.
 * Without a path it gets /v1. What a name means is checked where the connection is made.
 * @throws ToolError invalid-input
 */
export function baseAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || text.length > 500)
    throw refuse('url is no http or https address', 'Give it like https://models.example.com/v1')
  if (url.username || url.password || url.search || url.hash)
    throw refuse(
      'url holds a login, a query or a fragment',
      'Leave them out. An API key goes into the configuration (llm), never into a question.',
    )
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 ? isForbidden(host) : /^(localhost|.*\.localhost|.*\.internal)\.?$/i.test(host))
    throw noWay(host)
  return new URL(url.pathname === '/' ? '/v1' : url.pathname.replace(/\/+$/, ''), url)
}

/** Looks a name up as the connection is made, so that it cannot mean another address later than when it was checked. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, found) => {
    if (error) return callback(error, '', 0)
    if (found.some(({ address }) => isForbidden(address)))
      return callback(noWay(hostname) as unknown as NodeJS.ErrnoException, '', 0)
    if (options.all) return callback(null, found)
    return callback(null, found[0]?.address ?? '', found[0]?.family ?? 0)
  })
}
