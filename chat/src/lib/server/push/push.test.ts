import { createDecipheriv, createECDH, createHmac, createPublicKey, randomBytes, verify } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase } from '#db/testing.ts'
import { encryptPush, mostPushBytes } from './encrypt.ts'
import { sendPush } from './send.ts'
import { subscribeBody, subscriptionStore } from './subscriptions.ts'
import { pushIdentity } from './vapid.ts'

const url64 = (text: string) => Buffer.from(text, 'base64url')
const hmac = (key: Uint8Array, data: Uint8Array) => createHmac('sha256', key).update(data).digest()
const expand = (key: Uint8Array, info: string | Uint8Array, bytes: number) =>
  hmac(key, Buffer.concat([Buffer.from(info), Buffer.from([1])])).subarray(0, bytes)

/** A browser: its keys, and how it reads what was sent to it (RFC 8291, 3; RFC 8188, 2). */
function browser() {
  const pair = createECDH('prime256v1')
  pair.generateKeys()
  const auth = randomBytes(16)
  return {
    keys: { p256dh: pair.getPublicKey().toString('base64url'), auth: auth.toString('base64url') },
    read(body: Buffer): string {
      const salt = body.subarray(0, 16)
      const sender = body.subarray(21, 21 + body[20]!)
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), pair.getPublicKey(), sender])
      const secret = expand(hmac(auth, pair.computeSecret(sender)), info, 32)
      const mixed = hmac(salt, secret)
      const sealed = body.subarray(21 + body[20]!)
      const cipher = createDecipheriv(
        'aes-128-gcm',
        expand(mixed, 'Content-Encoding: aes128gcm\0', 16),
        expand(mixed, 'Content-Encoding: nonce\0', 12),
      )
      cipher.setAuthTag(sealed.subarray(-16))
      const plain = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()])
      expect(plain.at(-1)).toBe(2)
      return plain.subarray(0, -1).toString()
    },
  }
}

describe('the encryption of a push message', () => {
  it('gives the bytes of the example in RFC 8291, 5', () => {
    const body = encryptPush(
      Buffer.from('When I grow up, I want to be a watermelon'),
      {
        p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
        auth: 'BTBZMqHH6r4Tts7J_aSIgg',
      },
      {
        privateKey: url64('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'),
        salt: url64('DGv6ra1nlYgDCS1FRnbzlw'),
      },
    )
    expect(body.toString('base64url')).toBe(
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    )
  })

  it('can be read by the browser it is for, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (text) => {
        const one = browser()
        expect(one.read(encryptPush(Buffer.from(text), one.keys))).toBe(Buffer.from(text).toString())
      }),
      { numRuns: 30 },
    )
    expect(() => encryptPush(Buffer.alloc(mostPushBytes + 1), browser().keys)).toThrow(RangeError)
  })

  it('SEC an installation is one sender: the same secret gives the same key, another gives another', () => {
    const of = (secret: string) => pushIdentity({ secret, contact: 'mailto:ops@example.com' }).publicKey
    expect(of('a'.repeat(32))).toBe(of('a'.repeat(32)))
    expect(of('a'.repeat(32))).not.toBe(of('b'.repeat(32)))
    expect(url64(of('x')).length).toBe(65)
  })
})

/** A push service on loopback that answers as it is told. */
async function pushService() {
  const got: { headers: IncomingMessage['headers']; body: Buffer }[] = []
  const answers: { status: number; headers?: Record<string, string>; silent?: boolean }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    got.push({ headers: request.headers, body: Buffer.concat(chunks) })
    const { status, headers, silent } = answers.shift() ?? { status: 201 }
    if (!silent) response.writeHead(status, headers).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/send/abc`,
    got,
    answers,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('sending', () => {
  const identity = pushIdentity({ secret: 's'.repeat(32), contact: 'mailto:ops@example.com' })
  const message = { title: 'Waits for approval: drain n1', body: 'Asked by Ada', href: '/approvals/a1', tag: 'a1' }
  const waits: number[] = []
  const deps = {
    identity,
    now: () => Date.UTC(2026, 10, 20),
    wait: async (ms: number) => waits.push(ms),
    timeoutMs: 300,
  }
  let service: Awaited<ReturnType<typeof pushService>>
  beforeAll(async () => {
    service = await pushService()
  })
  afterEach(() => {
    service.got.length = 0
    service.answers.length = 0
    waits.length = 0
  })
  afterAll(() => service.close())

  it('reaches the browser, which reads it; the push service cannot, and can tell who sent it (RFC 8292)', async () => {
    const one = browser()
    expect(await sendPush({ endpoint: service.url, keys: one.keys }, message, deps)).toEqual({ state: 'sent' })
    const [{ headers, body }] = service.got as [(typeof service.got)[0]]
    expect(JSON.parse(one.read(body))).toEqual(message)
    expect(body.toString('latin1')).not.toContain('drain')
    expect(headers).toMatchObject({ 'content-encoding': 'aes128gcm', ttl: '900', urgency: 'high' })
    const [, token = '', key = ''] = /^vapid t=([^,]+), k=(.+)$/.exec(headers.authorization ?? '') ?? []
    const [head = '', claims = '', signature = ''] = token.split('.')
    expect(key).toBe(identity.publicKey)
    const claimed = JSON.parse(url64(claims).toString())
    expect(claimed).toMatchObject({ aud: new URL(service.url).origin, sub: 'mailto:ops@example.com' })
    expect(claimed.exp - deps.now() / 1000).toBeLessThanOrEqual(86_400)
    const point = url64(key)
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    }
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
    const right = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
    expect(verify('sha256', Buffer.from(`${head}.${claims}`), right, url64(signature))).toBe(true)
  })

  it.each([404, 410])('%i: the browser has unsubscribed', async (status) => {
    service.answers.push({ status })
    expect(await sendPush({ endpoint: service.url, keys: browser().keys }, message, deps)).toEqual({ state: 'gone' })
  })

  it('429 and 5xx are tried again, after as long as the service asks for', async () => {
    service.answers.push({ status: 429, headers: { 'retry-after': '7' } }, { status: 503 }, { status: 201 })
    expect(await sendPush({ endpoint: service.url, keys: browser().keys }, message, deps)).toEqual({ state: 'sent' })
    expect(waits).toEqual([7_000, 5_000])
  })

  it('gives up after three tries, at once where it is refused or asked to wait for long', async () => {
    service.answers.push({ status: 500 }, { status: 502 }, { status: 500 }, { status: 403 })
    const target = { endpoint: service.url, keys: browser().keys }
    expect(await sendPush(target, message, deps)).toEqual({ state: 'failed', why: 'The push service answered 500' })
    expect(await sendPush(target, message, deps)).toEqual({ state: 'failed', why: 'The push service answered 403' })
    service.answers.push({ status: 429, headers: { 'retry-after': '3600' } })
    expect((await sendPush(target, message, deps)).state).toBe('failed')
    expect(service.got).toHaveLength(5)
  })

  it('a service that is not there or says nothing does not hold anybody up', async () => {
    const dead = { endpoint: 'http://127.0.0.1:9/x', keys: browser().keys }
    expect(await sendPush(dead, message, deps)).toMatchObject({ why: 'The push service cannot be reached' })
    service.answers.push(...Array.from({ length: 3 }, () => ({ status: 0, silent: true })))
    expect(await sendPush({ endpoint: service.url, keys: browser().keys }, message, deps)).toMatchObject({
      why: 'The push service did not answer in time',
    })
  })
})

describe('devices', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>
  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database.close())
  const of = (owner: string) => subscriptionStore({ db: async () => database.db, owner, now: () => new Date() })
  const given = (endpoint: string) => ({ endpoint, keys: browser().keys, device: 'Firefox on Linux' })

  it('are one person’s own; one that is gone is forgotten, one that fails is counted', async () => {
    const first = await of('ada').add(given('https://push.example.com/1'))
    await of('ada').add(given('https://push.example.com/2'))
    await of('ada').add(given('https://push.example.com/2'))
    expect(await of('ada').list()).toHaveLength(2)
    expect(JSON.stringify(await of('ada').list())).not.toContain('push.example.com')
    expect(await of('bob').list()).toEqual([])
    expect(await of('bob').remove(first.id)).toBe(false)
    await of('ada').note('https://push.example.com/2', { state: 'failed', why: 'x' })
    expect((await of('ada').list())[1]).toMatchObject({ failures: 1 })
    await of('ada').note('https://push.example.com/2', { state: 'sent' })
    expect((await of('ada').list())[1]).toMatchObject({ failures: 0, lastSentAt: expect.any(String) })
    await of('ada').note('https://push.example.com/2', { state: 'gone' })
    expect(await of('ada').remove(first.id)).toBe(true)
    expect(await of('ada').list()).toEqual([])
  })

  it('SEC the server is not sent to addresses of its own network', async () => {
    for (const endpoint of [
      'https://127.0.0.1/x',
      'https://[::1]/x',
      'https://10.0.0.8/x',
      'https://metadata/x',
      'https://api.cluster.local/x',
      'https://2130706433/x',
    ])
      await expect(of('ada').add(given(endpoint)), endpoint).rejects.toThrow('not the address of a push service')
    expect(subscribeBody.safeParse(given('http://push.example.com/1')).success).toBe(false)
    expect(subscribeBody.safeParse({ ...given('https://a.example/1'), keys: { p256dh: 'x', auth: 'y' } }).success).toBe(
      false,
    )
  })
})
