import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import * as z from 'zod'
import type { EventEnvelope } from '#contract'
import { defineDomain } from '#define'
import { startApp, type TestApp } from '../testing/app.ts'

let app: TestApp
const noise = 1_100

const say = (events: { name: string; subject: string; cluster?: string }[]) =>
  app.core.events.commit(async () => ({
    value: undefined,
    events: events.map((event) => ({ ...event, data: {} })),
  }))

beforeAll(async () => {
  const events = { 'noise.made': z.object({}), 'offer.changed': z.object({}), 'order.placed': z.object({}) }
  app = await startApp({ domains: [defineDomain({ name: 'market', about: 'Offers', tools: [], events })] })
  await say(Array.from({ length: noise }, (_, index) => ({ name: 'noise.made', subject: `noise/${index}` })))
  await say([
    { name: 'offer.changed', subject: 'offer/1', cluster: 'gpu-east' },
    { name: 'offer.changed', subject: 'offer/2', cluster: 'gpu-west' },
    { name: 'order.placed', subject: 'offer/1' },
  ])
})
afterAll(() => app.close())

/** Reads the stream until `count` events came, then says goodbye. */
async function streamed(query: string, count: number): Promise<EventEnvelope[]> {
  const response = await fetch(`${app.url}/api/v1/streaming/events?after=0&${query}`)
  const events: EventEnvelope[] = []
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop()!
    for (const block of blocks) {
      const line = block.split('\n').find((one) => one.startsWith('data: '))
      if (line) events.push(JSON.parse(line.slice('data: '.length)))
    }
    if (events.length >= count) break
  }
  return events
}

function socketed(subscription: object, count: number): Promise<EventEnvelope[]> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/ws`)
    const events: EventEnvelope[] = []
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', subscription, after: 0 })))
    socket.on('error', reject)
    socket.on('message', (raw) => {
      const message = JSON.parse(String(raw))
      if (message.type === 'event') events.push(message.event)
      if (events.length < count) return
      socket.close()
      resolve(events)
    })
  })
}

const words = (events: EventEnvelope[]) => events.map(({ name, subject }) => `${name} ${subject}`)

describe('what a reader missed: events of others do not eat its limit', () => {
  it('by subject', async () => {
    const expected = ['offer.changed offer/1', 'order.placed offer/1']
    expect(words(await streamed('subjects=offer/1', 2))).toEqual(expected)
    expect(words(await socketed({ subjects: ['offer/1'] }, 2))).toEqual(expected)
  })

  it('by name', async () => {
    const expected = ['offer.changed offer/1', 'offer.changed offer/2']
    expect(words(await streamed('names=offer.changed', 2))).toEqual(expected)
    expect(words(await socketed({ names: ['offer.changed'] }, 2))).toEqual(expected)
  })

  it('by subject or name: each once, in order', async () => {
    const expected = ['offer.changed offer/1', 'offer.changed offer/2', 'order.placed offer/1']
    expect(words(await streamed('subjects=offer/1&names=offer.changed', 3))).toEqual(expected)
    expect(words(await socketed({ subjects: ['offer/1'], names: ['offer.changed'] }, 3))).toEqual(expected)
  })

  it('by cluster', async () => {
    const expected = ['offer.changed offer/2', 'order.placed offer/1']
    expect(words(await streamed('subjects=offer/*&clusters=gpu-west', 2))).toEqual(expected)
    expect(words(await socketed({ subjects: ['offer/*'], clusters: ['gpu-west'] }, 2))).toEqual(expected)
  })
})
