import type { ChatMessage } from '../../types.ts'
import type { ChatHost } from '../host.ts'

const previewCharacters = 120

/** CHT-017: other windows of the conversation hear that there is a message. */
export async function tellStored(
  host: ChatHost,
  conversation: string,
  message: ChatMessage | undefined,
): Promise<void> {
  if (!message) return
  const text = message.parts.map((part) => (part.type === 'text' ? part.text : '')).join(' ')
  const preview = text.replace(/\s+/g, ' ').trim().slice(0, previewCharacters)
  await host.emit?.({
    name: 'chat.message-added',
    subject: `chat/${conversation}`,
    data: { sessionId: conversation, messageId: message.id, role: message.role, preview },
  })
}

/** Other windows of the conversation hear that something else waits in it now. */
export const tellQueue = async (host: ChatHost, conversation: string): Promise<void> =>
  host.emit?.({ name: 'chat.queue-changed', subject: `chat/${conversation}`, data: { sessionId: conversation } })
