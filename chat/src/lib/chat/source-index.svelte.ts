import { formatTime } from '../cards/format.ts'
import type { Source } from '../markdown/citations.ts'
import type { ChatMessage } from '../types.ts'
import { callOf, evidenceOf, type ToolCall } from './parts.ts'

export interface SourceCall extends Source {
  call: ToolCall
  message: string
}

/** The calls of a conversation by their evidence id. While an answer grows only its own message is read again. */
export class SourceIndex {
  #calls = new Map<string, SourceCall>()
  #ids: string[] = []
  #version = $state(0)

  find(id: string): SourceCall | undefined {
    void this.#version
    return this.#calls.get(id)
  }

  /** `messages` as the thread shows them; `now` for times of day, milliseconds. */
  read(messages: readonly ChatMessage[], now: number) {
    const same =
      messages.length === this.#ids.length &&
      messages[0]?.id === this.#ids[0] &&
      messages.at(-1)?.id === this.#ids.at(-1)
    const before = this.#calls.size
    if (!same) {
      this.#calls = new Map()
      this.#ids = messages.map(({ id }) => id)
    }
    for (const message of same ? messages.slice(-1) : messages) this.#add(message, now)
    if (!same || this.#calls.size !== before) this.#version++
  }

  #add(message: ChatMessage, now: number) {
    if (message.role !== 'assistant') return
    const named = Object.entries(evidenceOf(message)?.calls ?? {})
    for (const part of message.parts) {
      if (part.type !== 'dynamic-tool' || part.state !== 'output-available') continue
      const call = callOf(part)
      const id = call.output?.evidence ?? named.find(([, callId]) => callId === call.id)?.[0]
      if (!id || this.#calls.has(id)) continue
      const { answer } = call.output!
      const clusters = (answer?.clusters ?? []).map(({ cluster }) => cluster).join(', ')
      const label = [call.name, clusters, answer?.at && formatTime(answer.at, now)].filter(Boolean).join(', ')
      this.#calls.set(id, { label, call, message: message.id })
    }
  }
}
