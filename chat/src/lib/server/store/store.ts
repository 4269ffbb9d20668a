import type { StoreDeps } from './access.ts'
import { type ConversationStore, conversationStore } from './conversations.ts'
import { type MessageStore, messageStore } from './messages.ts'
import { type RunStore, runStore } from './runs.ts'
import { type SearchStore, searchStore } from './search.ts'

export type { SessionPage } from './conversations.ts'
export type { RunRow, RunState } from './runs.ts'

/** Messages that are loaded at a time. */
export const pageMessages = 60

/** Messages that the page of a conversation comes with: one reads and writes at once, and those before them follow. */
export const openingMessages = 12

/** Conversations of one owner, and the runs that answer in them. Every read names the owner (CHT-009). */
export type ChatStore = ConversationStore & MessageStore & RunStore & SearchStore

export const chatStore = (deps: StoreDeps): ChatStore => ({
  ...conversationStore(deps),
  ...messageStore(deps),
  ...runStore(deps),
  ...searchStore(deps),
})
