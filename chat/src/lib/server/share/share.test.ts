import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conversations } from '#db/schema/chat.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { ChatMessage, Session, SharedConversation } from '../../types.ts'
import { hide } from './hide.ts'
import { sharedCopy } from './share.ts'
import { openShare, shareStore } from './store.ts'

const at = '2026-11-20T12:00:00.000Z'
const session: Session = {
  id: 'c1',
  title: 'gpu-east-h100-03 is slow',
  persona: 'default',
  clusters: ['gpu-east'],
  mode: 'ask',
  messageCount: 2,
  createdAt: at,
  lastActiveAt: at,
}
const messages: ChatMessage[] = [
  {
    id: 'u',
    role: 'user',
    parts: [{ type: 'text', text: 'Is gpu-east-h100-03 (10.1.2.3) slow? Ada Lovelace asks; mail ada@example.com' }],
    metadata: { at, attachments: [{ id: 'f', name: 'kern.log', mediaType: 'text/x-log', size: 3 }] },
  },
  {
    id: 'a',
    role: 'assistant',
    parts: [
      { type: 'reasoning', text: 'the person seems tired', state: 'done' },
      {
        type: 'dynamic-tool',
        toolName: 'list_nodes',
        toolCallId: 't',
        state: 'output-available',
        input: { text: 'secret-argument' },
        output: {
          text: 'model text',
          isError: false,
          tookMs: 3,
          evidence: 'e1',
          answer: {
            card: 'nodes',
            at,
            subject: 'kubernetes/node/x',
            result: 'r1',
            data: { title: 'Nodes', nodes: [{ name: 'gpu-east-h100-03', cluster: 'gpu-east', status: 'ready' }] },
          },
        },
      },
      { type: 'text', text: 'gpu-east-h100-03 in gpu-east runs at 41 % [e1].' },
    ],
    metadata: { at },
  },
]
const copy = (hideNames: boolean) =>
  sharedCopy(session, messages, {
    hideNames,
    person: 'Ada Lovelace',
    clusters: ['gpu-east', 'gpu-west'],
    redact: (value) => value,
    at,
  })

describe('what others see of a conversation', () => {
  it('no reasoning, files, arguments, addresses, mails, live subjects or results, with names or without', () => {
    for (const hideNames of [true, false]) {
      const text = JSON.stringify(copy(hideNames))
      for (const gone of [
        'tired',
        'secret-argument',
        '10.1.2.3',
        'ada@example.com',
        'kubernetes/node/x',
        '"r1"',
        'model text',
      ])
        expect(text).not.toContain(gone)
      expect(text).toContain('41 %')
      expect(text).toContain('kern.log')
    }
    expect(JSON.stringify(copy(false))).toContain('gpu-east-h100-03')
  })

  it('names are replaced by the same word everywhere, in texts and in cards, and the card still draws', () => {
    const shared = copy(true)
    const text = JSON.stringify(shared)
    for (const name of ['gpu-east', 'h100-03', 'Ada']) expect(text).not.toContain(name)
    const [asked, answered] = shared.turns
    const word = /node-\d+/.exec(shared.title)![0]
    expect(asked!.text).toContain(word)
    expect(answered!.text).toContain(word)
    expect(answered!.calls[0]!.answer).toMatchObject({
      card: 'nodes',
      data: { nodes: [{ name: word, status: 'ready' }] },
    })
  })

  it('takes out what the server calls secret', () => {
    const redact = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('41 %', '[redacted]'))
    const text = JSON.stringify(
      sharedCopy(session, messages, { hideNames: false, person: 'A', clusters: [], redact, at }),
    )
    expect(text).not.toContain('41 %')
  })

  it('whatever names there are, none is left in any text (property)', () => {
    const name = fc.stringMatching(/^[a-z]{3,6}-[a-z0-9]{2,6}(-[0-9]{1,3})?$/)
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 6 }), fc.string(), (names, around) => {
        const turns = [
          {
            role: 'assistant' as const,
            text: names.map((one) => `${around.replace(/[\w-]/g, ' ')} ${one},`).join(' '),
            calls: [
              {
                tool: 'x',
                input: {},
                state: 'done' as const,
                answer: { card: 'nodes', at, data: { nodes: names.map((one) => ({ name: one, cluster: 'c-1' })) } },
              },
            ],
            notices: [],
            unsupported: [],
            files: [],
          },
        ]
        const hidden = hide({ title: names.join(' '), turns }, { names: true, clusters: [], people: [] })
        const words = JSON.stringify(hidden)
          .split(/[^\w-]+/)
          .filter((word) => names.includes(word) && !/^node-\d+$/.test(word))
        expect(words).toEqual([])
      }),
    )
  })
})

describe('links', () => {
  let database: TestDatabase
  let now = new Date(at)
  beforeAll(async () => {
    database = await testDatabase()
    await database.db
      .insert(conversations)
      .values({ id: 'c1', owner: 'ada', title: '', personaId: 'default', clusters: [], createdAt: now, updatedAt: now })
  })
  afterAll(() => database?.close())
  const of = (owner: string) => shareStore({ db: async () => database.db, owner, now: () => now })
  const open = (token: string) => openShare(database.db as never, token, now)
  const content: SharedConversation = { title: 't', at, hidesNames: true, turns: [] }

  it('open for whoever has them, are counted, end, and are taken back by their owner only', async () => {
    const { token, id } = await of('ada').create({ conversation: 'c1', days: 1, content })
    expect(await open(token)).toEqual(content)
    expect(await of('ada').list('c1')).toMatchObject([{ id, hint: token.slice(0, 6), views: 1 }])
    expect(JSON.stringify(await of('ada').list('c1'))).not.toContain(token)
    expect(await of('bob').list('c1')).toEqual([])
    await expect(of('bob').revoke(id)).rejects.toMatchObject({ code: 'not-found' })
    await expect(open(`${token}x`)).rejects.toMatchObject({ code: 'not-found' })
    await of('ada').revoke(id)
    await expect(open(token)).rejects.toMatchObject({ code: 'not-found' })
    const second = await of('ada').create({ conversation: 'c1', days: 1, content })
    now = new Date(now.getTime() + 25 * 3_600_000)
    await expect(open(second.token)).rejects.toMatchObject({ code: 'not-found' })
  })
})
