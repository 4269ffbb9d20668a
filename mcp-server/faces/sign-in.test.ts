import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIdentity } from '../policy/identify.ts'
import { createSignIn } from './sign-in.ts'

const ownerToken = 'a-token-of-the-owner-1'
const identity = createIdentity({ secret: 's'.repeat(32), ownerToken, now: () => new Date() })
const admit = createSignIn({
  ownerToken,
  secure: false,
  person: ({ headers }) =>
    identity.identify({ authorization: headers.authorization, cookie: headers.cookie, face: 'rest' }),
})
const server = createServer((request, response) => {
  const who = admit(request, response)
  if (who) response.end(`hello ${who.actor.name}`)
})
let url = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

const post = (token: string) =>
  fetch(`${url}/sign-in`, { method: 'POST', body: new URLSearchParams({ token }), redirect: 'manual' })

describe('pages where a token is needed', () => {
  it('a stranger sees a form, and not the page', async () => {
    const response = await fetch(url)
    expect(response.status).toBe(401)
    expect(await response.text()).toContain('<form')
  })

  it('the right token becomes a cookie that scripts cannot read, and lets the person in', async () => {
    const response = await post(ownerToken)
    expect(response.status).toBe(303)
    const cookie = response.headers.get('set-cookie')!
    expect(cookie).toContain('HttpOnly; SameSite=Strict')
    const page = await fetch(url, { headers: { cookie: cookie.split(';')[0]! } })
    expect(await page.text()).toBe('hello Owner')
  })

  it('a wrong token, none, and an agent token that was made up do not', async () => {
    for (const token of ['wrong', '', 'qma_e30.forged']) {
      const response = await post(token)
      expect(response.status).toBe(401)
      expect(response.headers.get('set-cookie')).toBeNull()
    }
  })
})
