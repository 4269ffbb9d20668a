import { createUIMessageStreamResponse } from 'ai'
import { afterEach, expect, it, vi } from 'vitest'
import type { ChatChunk } from '../agent/loop.ts'
import { answerResponse } from './answer-response.ts'

afterEach(() => void vi.useRealTimers())

const chunks: ChatChunk[] = [
  { type: 'start', messageId: 'm' },
  { type: 'text-delta', id: 't', delta: 'größer\n\ndata: 日本' },
  { type: 'finish' },
]
const streamOf = () =>
  new ReadableStream<ChatChunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })

it('is what the AI SDK would send, head and body', async () => {
  const [ours, theirs] = [
    answerResponse(streamOf()),
    createUIMessageStreamResponse({ stream: streamOf(), keepAliveMs: 15_000 }),
  ]
  expect([...ours.headers]).toEqual([...theirs.headers])
  expect(await ours.text()).toBe(await theirs.text())
})

it('says something in a long silence, and lets go of the answer when the reader leaves', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  let left: unknown
  const silent = new ReadableStream<ChatChunk>({
    cancel(reason) {
      left = reason
    },
  })
  const reader = answerResponse(silent).body!.getReader()
  await reader.read()
  vi.advanceTimersByTime(15_000)
  expect(new TextDecoder().decode((await reader.read()).value)).toMatch(/^:.*\n\n$/)
  await reader.cancel('gone')
  expect(left).toBe('gone')
  expect(vi.getTimerCount()).toBe(0)
})
