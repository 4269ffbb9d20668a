import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { Actor } from '#define'
import { system } from '#tools/system/domain.ts'
import { readConfig } from '../config.ts'
import { owner, startApp, type TestApp } from '../testing/app.ts'
import { newShelf, type Shelf, shelfDomain } from '../testing/domain.ts'
import { json, send } from '../testing/rest-client.ts'

const grace: Actor = { ...owner, id: 'person:grace', name: 'Grace' }
const namesake: Actor = { ...owner, id: 'person:namesake', name: owner.name }
let shelf: Shelf
let database: TestDatabase
let app: TestApp
const tokens = { ownerToken: 'the owner token of a test', grace: 'the token of Grace of a test' }

beforeEach(async () => {
  shelf = newShelf(0)
  database = await testDatabase()
  app = await startApp({
    domains: [shelfDomain(shelf), system],
    database,
    config: {
      approvalSecondPerson: 'all',
      ownerToken: tokens.ownerToken,
      people: [{ id: 'person:grace', name: 'Grace', role: 'operator', token: tokens.grace }],
    },
  })
})
afterEach(async () => {
  await app.close()
  await database.close()
})
const ask = async () => (await app.call('place_thing', { id: 'lamp' })).answer.approval!
const yes = async (id: string, actor: Actor) =>
  (await app.call('decide_approval', { id, approve: true }, { actor, face: 'rest' })).answer

describe('two people', () => {
  it('both say yes; the first is noted and nothing is changed by it', async () => {
    const { id, needsSecond } = await ask()
    expect(needsSecond).toBe(true)
    expect((await yes(id, owner)).data).toMatchObject({ state: 'pending', firstBy: 'Local owner' })
    expect(shelf.runs).toEqual([])
    expect((await yes(id, grace)).data).toMatchObject({
      state: 'succeeded',
      firstBy: 'Local owner',
      decidedBy: 'Grace',
    })
    expect(shelf.runs).toEqual([id])
    const told = await app.core.events.after(0, { subjects: [`approvals/${id}`] }, 9)
    expect(told.map(({ name }) => name)).toEqual([
      'approval.asked',
      'approval.first-approved',
      'approval.started',
      'approval.succeeded',
    ])
  })

  it('are two identities: the same one twice is refused, another one of the same name is not', async () => {
    const { id } = await ask()
    await yes(id, owner)
    expect((await yes(id, owner)).error).toMatchObject({
      code: 'permission-denied',
      next: expect.stringContaining('else'),
    })
    expect((await yes(id, { ...owner, name: 'Somebody Else' })).error?.code).toBe('permission-denied')
    expect(shelf.runs).toEqual([])
    expect((await yes(id, namesake)).data).toMatchObject({ state: 'succeeded' })
  })

  it('at the same moment: one is first, the other second, and it runs once', async () => {
    const { id } = await ask()
    await Promise.all([yes(id, owner), yes(id, grace)])
    expect(await app.core.approvals.get(id)).toMatchObject({ state: 'succeeded' })
    expect(shelf.runs).toEqual([id])
  })

  it('one person at the same moment many times is still one', async () => {
    const { id } = await ask()
    await Promise.all(Array.from({ length: 5 }, () => yes(id, owner)))
    expect(await app.core.approvals.get(id)).toMatchObject({ state: 'pending', firstBy: 'Local owner' })
    expect(shelf.runs).toEqual([])
  })

  it('need the role, each of them', async () => {
    const { id } = await ask()
    expect((await yes(id, { ...grace, role: 'viewer' })).error?.code).toBe('permission-denied')
    expect((await yes(id, { ...grace, kind: 'agent' })).error?.code).toBe('permission-denied')
    expect((await app.core.approvals.get(id)).firstBy).toBeUndefined()
  })

  it('one no is enough', async () => {
    const { id } = await ask()
    await yes(id, owner)
    const { answer } = await app.call('decide_approval', { id, approve: false }, { actor: owner, face: 'rest' })
    expect(answer.data).toMatchObject({ state: 'denied' })
  })

  it('start anew when the plan is made anew', async () => {
    const { id } = await ask()
    await yes(id, owner)
    shelf.revision++
    const old = (await yes(id, grace)).data as { supersededBy: string }
    const next = await app.core.approvals.get(old.supersededBy)
    expect(next).toMatchObject({ state: 'pending', needsSecond: true })
    expect(next.firstBy).toBeUndefined()
  })

  it('sign in as themselves: over REST each token is another person', async () => {
    const { id } = await ask()
    const decide = (token: string) =>
      send(app, `/api/v1/approvals/${id}/decision`, json({ approve: true }, { authorization: `Bearer ${token}` }))
    expect((await decide(tokens.grace)).body.data).toMatchObject({ firstBy: 'Grace', state: 'pending' })
    expect((await decide(tokens.grace)).status).toBe(403)
    expect((await decide('a token that nobody has')).status).toBe(401)
    expect((await decide(tokens.ownerToken)).body.data).toMatchObject({ state: 'succeeded', decidedBy: 'Owner' })
  })
})

describe('the rule of two people', () => {
  const refusal = (env: Record<string, string>) => {
    try {
      readConfig(env)
    } catch (error) {
      return error
    }
    return undefined
  }
  const QM_TOKEN = 'a-token-of-sixteen'
  it.each([
    ['nobody else', { QM_APPROVAL_SECOND_PERSON: 'all' }, 'QM_APPROVAL_SECOND_PERSON'],
    [
      'nobody else may',
      { QM_APPROVAL_SECOND_PERSON: 'danger', QM_TOKEN, QM_PEOPLE: 'Grace:operator:0123456789abcdef' },
      'QM_APPROVAL_SECOND_PERSON',
    ],
    ['nobody signs in', { QM_PEOPLE: 'Grace:owner:0123456789abcdef' }, 'QM_PEOPLE'],
    ['they share a token', { QM_TOKEN, QM_PEOPLE: `Grace:owner:${QM_TOKEN}` }, 'QM_PEOPLE'],
  ])('is refused at start where %s', (_, env, field) => {
    expect(refusal(env as never)).toMatchObject({ options: { field } })
  })
  it('is taken where two can', () => {
    const env = { QM_APPROVAL_SECOND_PERSON: 'danger', QM_TOKEN, QM_PEOPLE: 'Grace:owner:0123456789abcdef' }
    expect(readConfig(env)).toMatchObject({
      approvalSecondPerson: 'danger',
      people: [{ id: 'person:grace', name: 'Grace', role: 'owner' }],
    })
  })
})
