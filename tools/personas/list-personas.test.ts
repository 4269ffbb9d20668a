import { expect, it } from 'vitest'
import { contextWithServer } from '../testing-server.ts'
import { listPersonas } from './list-personas.tool.ts'

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
  suggestions: ['Idle GPUs?'],
}

it('PER-001: lists every persona with its tools', async () => {
  const { data } = await listPersonas.run(
    {} as never,
    contextWithServer({ personas: () => [persona], personaPrompt: () => 'You know GPUs.' }),
  )
  expect(data).toMatchObject({
    rows: [{ id: 'gpu-expert', tools: ['list_nodes'], isBuiltin: true, createdBy: 'Quartermaster' }],
  })
  expect(listPersonas.text(data as never, { shown: 1, total: 1 })).toBe('gpu-expert: GPU Expert. GPUs')
})
