import { expect, it } from 'vitest'
import { contextWithServer } from '../testing-server.ts'
import { getPersona } from './get-persona.tool.ts'

const persona = {
  id: 'gpu-expert',
  name: 'GPU Expert',
  description: 'GPUs',
  icon: 'gpu',
  tools: ['list_nodes'],
  capabilities: ['list_nodes'],
  reach: [],
  isBuiltin: true,
  createdBy: 'Quartermaster',
  suggestions: [],
}
const ctx = contextWithServer({ personas: () => [persona], personaPrompt: () => 'You know GPUs.' })

it('shows one persona', async () => {
  const { data } = await getPersona.run({ id: 'gpu-expert' } as never, ctx)
  expect(data).toMatchObject({ title: 'GPU Expert', checks: [{ id: 'list_nodes' }] })
  // PER-004
  expect(data).toMatchObject({ persona: { id: 'gpu-expert', systemPrompt: 'You know GPUs.', isBuiltin: true } })
})

it('PER-001: an unknown one is persona-not-found, naming those there are', async () => {
  await expect(getPersona.run({ id: 'nobody' } as never, ctx)).rejects.toMatchObject({
    code: 'persona-not-found',
    options: { next: expect.stringContaining('gpu-expert') },
  })
})
