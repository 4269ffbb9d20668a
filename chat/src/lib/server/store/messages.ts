import { and, asc, eq, inArray } from '#db/drizzle.ts'
import type { Db, Tx } from '#db/open.ts'
import { conversations, messages, runs } from '#db/schema/chat.ts'
import type { ChatMessage } from '../../types.ts'
import { answerGoing, findConversation, noSuchMessage, type StoreDeps } from './access.ts'
import { toMessage } from './rows.ts'
import { alternativesIn, branchOf, type Node, newestBelow } from './tree.ts'

/** A stretch of the branch that is shown, in the order of reading. */
export interface MessagePage {
  messages: ChatMessage[]
  /** There are messages before these */
  earlier: boolean
  /** The message asked for stands on another branch */
  elsewhere?: boolean
}

export interface PageRequest {
  /** Messages at most; all when absent */
  limit?: number
  /** Id of the message that the page ends before */
  before?: string
  /** Id of a message that must be on it, however far back it stands */
  holding?: string
}

/** Some turns before the message that was looked for, so that it is read where it stands. */
const turnsBefore = 6

export interface MessageStore {
  /** The branch that is shown, first message to last; `metadata.alternatives` where others stand in a message's place. */
  messages(id: string): Promise<ChatMessage[]>
  /** The end of that branch, or what comes before a message. ToolError not-found for a `before` that is not on it */
  page(id: string, request: PageRequest): Promise<MessagePage>
  /**
   * Shows the branch of a message: up to what was written last below it.
   * ToolError conflict while an answer is being made, not-found.
   */
  switchTo(id: string, message: string): Promise<void>
}

export const nodesOf = (db: Db | Tx, conversation: string): Promise<Node[]> =>
  db
    .select({ id: messages.id, parentId: messages.parentId, position: messages.position, role: messages.role })
    .from(messages)
    .where(eq(messages.conversationId, conversation))
    .orderBy(asc(messages.position))
    .then((nodes) => nodes)

function stretch(branch: readonly Node[], { limit, before, holding }: PageRequest): [number, number] {
  const end = before === undefined ? branch.length : branch.findIndex(({ id }) => id === before)
  if (end < 0) throw noSuchMessage()
  const last = limit === undefined ? 0 : Math.max(0, end - limit)
  const held = holding === undefined ? -1 : branch.findIndex(({ id }) => id === holding)
  return [held < 0 ? last : Math.min(last, Math.max(0, held - turnsBefore)), end]
}

export function messageStore(deps: StoreDeps): MessageStore {
  const page = async (id: string, request: PageRequest): Promise<MessagePage> => {
    const db = await deps.db()
    // In this order: the head that was read then stands among the messages, whatever is written meanwhile
    const conversation = await findConversation(deps, db, { id })
    const nodes = await nodesOf(db, id)
    const branch = branchOf(nodes, conversation.head)
    const [start, end] = stretch(branch, request)
    const wanted = branch.slice(start, end).map((node) => node.id)
    const { holding } = request
    const rows =
      wanted.length === 0
        ? []
        : await db
            .select()
            .from(messages)
            .where(and(eq(messages.conversationId, id), inArray(messages.id, wanted)))
            .orderBy(asc(messages.position))
    const alternatives = alternativesIn(nodes)
    const elsewhere =
      holding !== undefined && nodes.some((node) => node.id === holding) && !branch.some((node) => node.id === holding)
    return {
      messages: rows.map((row) => {
        const message = toMessage(row)
        const ids = alternatives(row.id)
        return ids.length > 1 ? { ...message, metadata: { ...message.metadata, alternatives: ids } } : message
      }),
      earlier: start > 0,
      ...(elsewhere && { elsewhere }),
    }
  }

  return {
    page,
    messages: async (id) => (await page(id, {})).messages,

    async switchTo(id, message) {
      const db = await deps.db()
      await db.transaction(async (tx) => {
        await findConversation(deps, tx, { id, locked: true })
        const [[going], nodes] = await Promise.all([
          tx
            .select({ id: runs.id })
            .from(runs)
            .where(and(eq(runs.conversationId, id), eq(runs.state, 'running'))),
          nodesOf(tx, id),
        ])
        if (going) throw answerGoing(going.id)
        if (!nodes.some((node) => node.id === message)) throw noSuchMessage()
        await tx
          .update(conversations)
          .set({ head: newestBelow(nodes, message) })
          .where(eq(conversations.id, id))
      })
    },
  }
}
