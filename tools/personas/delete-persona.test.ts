import { expect, it } from 'vitest'
import { contextWithServer } from '../testing-server.ts'
import { deletePersona } from './delete-persona.tool.ts'

const one = {
  id: 'mine',
  name: 'Mine',
  description: 'Own',
  icon: 'person',
  tools: [],
  capabilities: [],
  reach: [],
  suggestions: [],
  isBuiltin: false,
  createdBy: 'Ada',
}
const ctx = contextWithServer({ personas: () => [{ ...one, id: 'gpu-expert', isBuiltin: true }, one] })

it('PER-002: a built-in one stays; an unknown one names those that can go', async () => {
  await expect(deletePersona.plan!({ id: 'gpu-expert' } as never, ctx)).rejects.toMatchObject({
    code: 'persona-readonly',
  })
  await expect(deletePersona.plan!({ id: 'nobody' } as never, ctx)).rejects.toMatchObject({
    code: 'persona-not-found',
    options: { next: expect.stringContaining('mine') },
  })
})

it('says whose it was', async () => {
  expect(await deletePersona.plan!({ id: 'mine' } as never, ctx)).toMatchObject({
    summary: 'Delete the persona Mine (mine) by Ada',
  })
})
