import type { Words } from '../index.ts'

export const shell: Words['shell'] = {
  toConversation: 'Zum Gespräch',
  newChat: 'Neues Gespräch',
  newConversation: 'Neues Gespräch',
}
