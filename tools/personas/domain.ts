import { defineDomain } from '#define'
import { getPersona } from './get-persona.tool.ts'
import { listPersonas } from './list-personas.tool.ts'

export const personaDomain = defineDomain({
  name: 'personas',
  about: 'Who can lead a conversation',
  tools: [listPersonas, getPersona],
})
