import type { EventEnvelope, NewEvent } from '#contract'
import type { LazyDatabase, Tx } from '#db/open.ts'

export interface EventFilter {
  /** exact subjects, or prefixes that end in /* */
  subjects?: readonly string[]
  names?: readonly string[]
  /** '*' or the clusters the reader may see; events without a cluster always pass */
  clusters?: '*' | readonly string[]
}

export interface Events {
  /** One transaction for state and events; subscribers hear of them after the commit, in commit order. */
  commit<T>(work: (tx: Tx) => Promise<{ value: T; events: NewEvent[] }>): Promise<T>
  subscribe(filter: EventFilter, onEvent: (event: EventEnvelope) => void): () => void
  /** Events after `seq`, oldest first */
  after(seq: number, filter: EventFilter, limit: number): Promise<EventEnvelope[]>
  lastSeq(): Promise<number>
  /** The oldest event still kept; a reader that saw less must reload. 0 when there is none. */
  oldestSeq(): Promise<number>
  /** Deletes events older than `olderThan`, never the newest one; answers how many. */
  prune(olderThan: Date): Promise<number>
  close(): Promise<void>
}

export declare function createEvents(options: { database: LazyDatabase; now: () => Date }): Events
