import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import { baseAddress, guardedLookup, isForbidden } from './address.ts'
import { servedAt } from './open.ts'

describe('an address that a person names', () => {
  it.each([
    ['http://models.example.com:8000', 'http://models.example.com:8000/v1'],
    ['https://models.example.com/openai/v1/', 'https://models.example.com/openai/v1'],
    ['http://10.1.2.3:8000/v1', 'http://10.1.2.3:8000/v1'],
  ])('%s is %s', (text, expected) => expect(baseAddress(text).href).toBe(expected))

  it.each([
    'ftp://a/v1',
    'models.example.com',
    'http://user:secret@a/v1',
    'https://a/v1?key=secret',
    'https://a/v1#x',
    'http://127.0.0.1:8000/v1',
    'http://2130706433/v1',
    'http://0x7f.1/v1',
    'http://[::1]/v1',
    'http://[::ffff:127.0.0.1]/v1',
    'http://localhost:8000/v1',
    'http://169.254.169.254/latest',
    'http://metadata.google.internal/v1',
    'http://[fd00:ec2::254]/v1',
    'http://0.0.0.0/v1',
    'http://100.100.100.200/v1',
  ])('%s is refused, with what to give instead', (text) => {
    let refused: unknown
    try {
      baseAddress(text)
    } catch (error) {
      refused = error
    }
    expect(refused).toMatchObject({ code: 'invalid-input', options: { field: 'url', next: expect.any(String) } })
    expect(String(refused)).not.toContain('secret')
  })

  it('never is of this machine or link-local, in whatever form', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(fc.constantFrom('127', '169.254', '0', '224', '240'), fc.tuple(byte, byte, byte), (start, rest) => {
        const address = [...start.split('.'), ...rest].slice(0, 4).join('.')
        expect(isForbidden(address)).toBe(true)
        expect(isForbidden(`::ffff:${address}`)).toBe(true)
      }),
    )
    for (const fine of ['10.0.0.1', '192.168.1.1', '172.16.0.1', '8.8.8.8', '2001:db8::1', 'fd12::1'])
      expect(isForbidden(fine), fine).toBe(false)
  })

  it('a name that means a forbidden address is refused as the connection is made', async () => {
    const failure = await failureOf(servedAt(new URL('http://localhost:9/v1'), guardedLookup).models())
    expect(failure).toMatchObject({ code: 'invalid-input', message: expect.stringContaining('localhost') })
  })
})
