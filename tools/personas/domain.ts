import * as z from 'zod'
import { defineDomain } from '#define'
import { deletePersona } from './delete-persona.tool.ts'
import { getPersona } from './get-persona.tool.ts'
import { listPersonas } from './list-personas.tool.ts'
import { savePersona } from './save-persona.tool.ts'

export const personaDomain = defineDomain({
  name: 'personas',
  about: 'Who can lead a conversation',
  tools: [listPersonas, getPersona, savePersona, deletePersona],
  events: {
    'persona.saved': z.strictObject({ id: z.string(), name: z.string() }),
    'persona.deleted': z.strictObject({ id: z.string(), remove: z.array(z.string()) }),
  },
})
