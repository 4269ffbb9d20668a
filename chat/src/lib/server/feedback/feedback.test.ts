import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { conversations, messages } from '#db/schema/chat.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { evalsOf } from './evals.ts'
import { feedbackStore } from './store.ts'

const at = new Date('2026-11-20T12:00:00Z')
const answerText = 'Node gpu-east-h100-03 has 6 free GPUs [e1]. You could restart it.'
let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
  await database.db
    .insert(conversations)
    .values({ id: 'c1', owner: 'ada', title: 't', personaId: 'gpu-expert', clusters: [], createdAt: at, updatedAt: at })
  const common = { conversationId: 'c1', createdAt: at }
  await database.db.insert(messages).values([
    { ...common, id: 'q', position: 0, role: 'user', parts: [{ type: 'text', text: 'Which nodes have free GPUs?' }] },
    {
      ...common,
      id: 'a',
      position: 1,
      parentId: 'q',
      role: 'assistant',
      parts: [
        {
          type: 'dynamic-tool',
          toolName: 'list_nodes',
          toolCallId: 't1',
          state: 'output-available',
          input: { minFreeGpus: 1 },
          output: { text: 'x', isError: false, tookMs: 1 },
        },
        { type: 'text', text: answerText },
        {
          type: 'data-evidence',
          data: {
            calls: { e1: 't1' },
            claims: [{ part: 1, start: 0, end: 47, ids: ['e1'], state: 'cited' }],
          },
        },
      ],
    },
  ])
})
afterAll(() => database?.close())
const of = (owner: string) => feedbackStore({ db: async () => database.db, owner, now: () => at })

describe('feedback on answers', () => {
  it('is given to answers of one’s own conversations only, changed and taken back (CHT-009)', async () => {
    const bad = { verdict: 'bad' as const, reasons: ['wrong'], comment: 'it was 4' }
    await expect(of('bob').give('a', bad)).rejects.toMatchObject({ code: 'not-found' })
    await expect(of('ada').give('q', bad)).rejects.toMatchObject({ code: 'not-found' })
    await of('ada').give('a', { verdict: 'good', reasons: [], comment: '' })
    await of('ada').give('a', bad)
    expect(await of('ada').of('c1')).toEqual({ a: bad })
    expect(await of('bob').of('c1')).toEqual({})
    await expect(of('bob').take('a')).rejects.toMatchObject({ code: 'not-found' })
    expect(await of('ada').judged(10)).toHaveLength(1)
    await of('ada').take('a')
    expect(await of('ada').judged(10)).toEqual([])
  })

  it('a good answer becomes an evaluation with the facts it rests on and the calls it made', async () => {
    await of('ada').give('a', { verdict: 'good', reasons: [], comment: '' })
    const [entry] = parse(evalsOf(await of('ada').judged(10)))
    expect(entry).toMatchObject({
      id: 'which-nodes-have-free-gpus',
      persona: 'gpu-expert',
      question: 'Which nodes have free GPUs?',
      answer: ['gpu-east-h100-03'],
      tools: [{ tool: 'list_nodes', input: { minFreeGpus: 1 } }],
    })
    for (const pattern of entry.answer) expect(answerText).toMatch(new RegExp(pattern, 'i'))
  })

  it('a bad one keeps what was said and waits for what should have been', async () => {
    await of('ada').give('a', { verdict: 'bad', reasons: ['wrong'], comment: 'it was 4' })
    const [entry] = parse(evalsOf(await of('ada').judged(10)))
    expect(entry).toMatchObject({
      answer: [],
      tools: [],
      feedback: { verdict: 'bad', reasons: ['wrong'], comment: 'it was 4', said: answerText, called: ['list_nodes'] },
    })
  })
})
