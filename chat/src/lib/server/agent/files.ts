import { dynamicTool, jsonSchema, type ToolSet } from 'ai'
import type { Attachment, ChatMessage, ToolOutput } from '../../types.ts'
import { isImage } from '../attachments/kinds.ts'
import { digestOf, readLines } from '../attachments/reading.ts'
import type { AttachmentStore } from '../attachments/store.ts'
import { quoteFile, quoteOutside } from './model-text.ts'

type Files = Pick<AttachmentStore, 'get'>

/** Files further back are only named: their text would be sent with each question. */
const freshTurns = 2

const of = (message: ChatMessage): readonly Attachment[] => message.metadata?.attachments ?? []

/** Every file of these messages, the newest first. */
export const filesOf = (messages: readonly ChatMessage[]): Attachment[] => [...messages].reverse().flatMap(of)

/**
 * The messages with what stands in their files. A picture goes to a model that sees; any other is told its name. A file
 * that is gone is said to be gone.
 */
export async function withFiles(
  messages: readonly ChatMessage[],
  { files, vision }: { files: Files; vision: boolean },
): Promise<ChatMessage[]> {
  const turns = messages.filter((message) => of(message).length > 0)
  const fresh = new Set(turns.slice(-freshTurns))
  return Promise.all(
    messages.map(async (message) => {
      if (of(message).length === 0) return message
      const read = fresh.has(message)
      const parts = await Promise.all(of(message).map((file) => partOf(file, { files, vision, read })))
      return { ...message, parts: [...message.parts, ...parts] }
    }),
  )
}

type Part = ChatMessage['parts'][number]
const said = (text: string): Part => ({ type: 'text', text })

async function partOf(
  file: Attachment,
  { files, vision, read }: { files: Files; vision: boolean; read: boolean },
): Promise<Part> {
  const name = JSON.stringify(quoteOutside(file.name))
  if (isImage(file.mediaType) && !vision)
    return said(`File ${name}: a picture, which you cannot see. Say so if the question is about it.`)
  if (!read) return said(`File ${name} (${file.size} bytes): read_attachment {"id":"${file.id}"} reads it.`)
  const kept = await files.get(file.id).catch(() => undefined)
  if (!kept) return said(`File ${name} is not kept any more.`)
  if (isImage(file.mediaType))
    return {
      type: 'file',
      mediaType: file.mediaType,
      filename: file.name,
      url: `data:${file.mediaType};base64,${Buffer.from(kept.bytes).toString('base64')}`,
    }
  return said(quoteFile(file.name, digestOf({ id: file.id, text: textOf(kept.bytes) })))
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** Offered where there are text files: pages of them, or the lines around what is looked for. */
export function fileTools(messages: readonly ChatMessage[], files: Files): ToolSet {
  const known = filesOf(messages).filter(({ mediaType }) => !isImage(mediaType))
  if (known.length === 0) return {}
  return {
    read_attachment: dynamicTool({
      description: 'Lines of an attached file: those with `find` and two around each, or a page from `fromLine`.',
      inputSchema: jsonSchema({
        type: 'object',
        properties: {
          id: { type: 'string', enum: [...new Set(known.map(({ id }) => id))].slice(0, 40) },
          find: { type: 'string' },
          fromLine: { type: 'integer', minimum: 1 },
        },
        required: ['id'],
      }),
      execute: async (input): Promise<ToolOutput> => {
        const { id, find, fromLine } = (input ?? {}) as Record<string, unknown>
        const file = known.find((one) => one.id === id)
        const kept = file && (await files.get(file.id).catch(() => undefined))
        if (!file || !kept)
          return {
            text: `There is no such file. Use one of: ${known.map((one) => one.id).join(', ')}`,
            isError: true,
            tookMs: 0,
          }
        const text = readLines(textOf(kept.bytes), {
          ...(typeof find === 'string' && { find }),
          ...(typeof fromLine === 'number' && { fromLine }),
        })
        return { text, isError: false, tookMs: 0 }
      },
      toModelOutput: ({ output }) => ({ type: 'text', value: quoteFile('lines', (output as ToolOutput).text) }),
    }),
  }
}
