import type { ChatMessage, Claim, Evidence, ToolOutput } from '../../../types.ts'
import type { ChatChunk } from '../loop.ts'
import { announces, claimsOf } from './claims.ts'
import { type IndexedSource, indexSource, type Source, sourcesOf } from './corpus.ts'

/** Watches an answer being made and says what its sentences rest on, as one data part that is replaced in place. */
export interface EvidenceFollower {
  /** Chunks to send after this one */
  see(chunk: ChatChunk): ChatChunk[]
}

/** `earlier`: the messages before the answer, whose calls can be named as well. */
export function followEvidence(earlier: readonly ChatMessage[]): EvidenceFollower {
  const sources: Source[] = sourcesOf(earlier)
  const indexed: IndexedSource[] = sources.map(indexSource)
  const own = new Set<string>()
  const inputs = new Map<string, unknown>()
  const texts = new Map<string, { part: number; text: string }>()
  const claims: Claim[] = []
  const withId = new Set<string>()
  /** Of this step: what was said in it, and the changes it asked for */
  let said: { part: number; text: string }[] = []
  let plans: IndexedSource[] = []
  let parts = 0
  let steps = 0
  let told = 0

  /** The SDK adds a part for each of these, and only for these. */
  const opensPart = (chunk: ChatChunk): boolean => {
    if (chunk.type === 'text-start' || chunk.type === 'reasoning-start' || chunk.type === 'start-step') return true
    if (chunk.type === 'tool-input-start' || chunk.type === 'tool-input-available' || chunk.type === 'tool-input-error')
      return addOnce(`tool ${steps} ${chunk.toolCallId}`)
    if (chunk.type === 'source-url' || chunk.type === 'source-document' || chunk.type === 'file') return true
    if (!chunk.type.startsWith('data-')) return false
    const { id, transient } = chunk as { id?: string; transient?: boolean }
    return transient !== true && (id === undefined || addOnce(`${chunk.type} ${id}`))
  }
  const addOnce = (key: string) => {
    if (withId.has(key)) return false
    withId.add(key)
    return true
  }

  const evidence = (): ChatChunk => {
    const named = new Set(claims.flatMap(({ ids }) => ids))
    const data: Evidence = {
      calls: Object.fromEntries(
        sources.filter(({ id }) => own.has(id) || named.has(id)).map(({ id, callId }) => [id, callId]),
      ),
      claims: [...claims],
    }
    return { type: 'data-evidence', id: 'evidence', data }
  }

  /** "This drains the node" says what the plan beside it would do, as the rules ask for: no statement on how things are. */
  const leaveOutAnnounced = (): boolean => {
    const before = claims.length
    const textOf = new Map(said.map(({ part, text }) => [part, text]))
    claims.splice(
      0,
      before,
      ...claims.filter(({ part, start, end }) => {
        const whole = textOf.get(part)
        return whole === undefined || !announces(whole.slice(start, end), plans)
      }),
    )
    told = Math.min(told, claims.length)
    return claims.length < before
  }

  const see = (chunk: ChatChunk): ChatChunk[] => {
    const place = parts
    // some servers use the same ids in each step again
    if (chunk.type === 'start-step') {
      steps++
      said = []
      plans = []
    }
    if (opensPart(chunk)) parts++
    if (chunk.type === 'text-start') texts.set(chunk.id, { part: place, text: '' })
    else if (chunk.type === 'text-delta') {
      const open = texts.get(chunk.id)
      if (open) open.text += chunk.delta
    } else if (chunk.type === 'tool-input-available') inputs.set(chunk.toolCallId, chunk.input)
    else if (chunk.type === 'tool-output-available') {
      const { evidence: id, text, answer } = chunk.output as ToolOutput
      if (id !== undefined && typeof text === 'string') {
        const source = { id, callId: chunk.toolCallId, text, asked: JSON.stringify(inputs.get(chunk.toolCallId) ?? {}) }
        const read = indexSource(source)
        sources.push(source)
        indexed.push(read)
        own.add(id)
        if (!answer?.approval) return []
        plans.push(read)
        if (!leaveOutAnnounced()) return []
        const update = evidence()
        if (opensPart(update)) parts++
        return [update]
      }
    } else if (chunk.type === 'text-end') {
      const done = texts.get(chunk.id)
      texts.delete(chunk.id)
      if (done) said.push(done)
      const found = done ? claimsOf(done.part, done.text, indexed) : []
      claims.push(...found)
      if (claims.length > told || (told === 0 && own.size > 0)) {
        told = claims.length
        const update = evidence()
        if (opensPart(update)) parts++
        return [update]
      }
    }
    return []
  }
  return { see }
}
