import { describe, expect, it } from 'vitest'
import type { ApprovalPayload } from '#contract'
import type { ChatMessage } from '../../types.ts'
import { incidentReport, reportMarkdown } from './incident.ts'
import { conversationMarkdown, fenced } from './markdown.ts'
import { turnsOf } from './turns.ts'

const at = (minute: number) => `2026-11-20T12:${String(minute).padStart(2, '0')}:00.000Z`
const head = { title: 'Slow', persona: 'default', clusters: ['gpu-east'], createdAt: at(0), exportedAt: at(30) }
const approval = {
  id: 'ap1',
  tool: 'drain_node',
  title: 'Drain',
  risk: 'danger',
  state: 'pending',
  askedBy: 'Ada',
  askedAt: at(6),
  expiresAt: at(20),
  plan: { summary: 'Drain gpu-east-03', verb: 'Drain', steps: [], checks: [], impact: [], guard: {} },
} as unknown as ApprovalPayload
const call = (id: string, more: object): ChatMessage['parts'][number] =>
  ({ type: 'dynamic-tool', toolCallId: id, state: 'output-available', ...more }) as never

const messages: ChatMessage[] = [
  { id: 'u', role: 'user', parts: [{ type: 'text', text: 'Why is it slow?' }], metadata: { at: at(1) } },
  {
    id: 'a',
    role: 'assistant',
    metadata: { at: at(2) },
    parts: [
      { type: 'reasoning', text: 'hmm', state: 'done' },
      call('t1', {
        toolName: 'run_tool',
        input: { name: 'diagnose_pod', input: { pod: 'x' } },
        output: {
          text: '',
          isError: false,
          tookMs: 5,
          evidence: 'e1',
          answer: {
            card: 'findings',
            at: at(3),
            clusters: [
              { cluster: 'gpu-east', status: 'success', tookMs: 1 },
              { cluster: 'gpu-west', status: 'timeout', tookMs: 2 },
            ],
            data: {
              title: 'f',
              verdict: 'v',
              tone: 'bad',
              checked: 1,
              findings: [
                {
                  id: 'xid',
                  severity: 'critical',
                  title: 'XID 79',
                  cause: 'fell off the bus',
                  evidence: [],
                  remedy: 'drain it',
                },
              ],
            },
          },
        },
      }),
      call('t2', {
        toolName: 'drain_node',
        input: {},
        output: { text: '', isError: false, tookMs: 5, answer: { card: 'approval', at: at(6), approval } },
      }),
      { type: 'text', text: 'GPU 3 fell off the bus [e1]. It happens often.' },
      {
        type: 'data-evidence',
        data: { calls: {}, claims: [{ part: 3, start: 29, end: 46, ids: [], state: 'unsupported' }] },
      },
    ],
  },
  {
    id: 'n',
    role: 'user',
    parts: [{ type: 'text', text: 'note' }],
    metadata: { note: { approval: 'ap1', state: 'succeeded' } },
  },
]

describe('the report of an incident', () => {
  const report = incidentReport(head, turnsOf(messages), (one) => ({
    ...one,
    state: 'succeeded',
    decidedBy: 'Grace',
    decidedAt: at(7),
  }))
  const section = (id: string) => report.sections.find((one) => one.id === id)?.text ?? ''

  it('says what was reported, concluded, found and changed, by whom, and what is open', () => {
    expect(section('asked')).toBe('Why is it slow?')
    expect(section('conclusion')).toBe('GPU 3 fell off the bus. It happens often.')
    expect(section('findings')).toContain('XID 79')
    expect(section('changes')).toContain('Drain gpu-east-03, succeeded, by Grace')
    expect(section('evidence')).toContain('| e1 | diagnose_pod | {"pod":"x"} |')
    expect(section('open')).toContain('gpu-west did not answer')
    expect(section('open')).toContain('It happens often.')
  })

  it('has the times in order', () => {
    const times = [...section('timeline').matchAll(/^- (\d\d:\d\d)/gm)].map(([, time]) => time!)
    expect(times).toEqual([...times].sort())
    expect(times.length).toBeGreaterThanOrEqual(5)
    expect(reportMarkdown(report, [])).toContain('# Incident report: Slow')
  })

  it('is honest about a conversation in which nothing was looked at', () => {
    const bare = incidentReport({ ...head, title: '' }, turnsOf([messages[0]!]))
    expect(bare.summary).toBe('No conclusion was reached.')
    expect(bare.sections.find(({ id }) => id === 'evidence')?.text).toBe('No tool was called.')
  })
})

describe('a conversation as Markdown', () => {
  it('has what was said and the cards, without reasoning, notes for the model and marks', () => {
    const text = conversationMarkdown(head, turnsOf(messages), () => 'CARD ``` inside')
    expect(text).toContain('## You, 2026-11-20 12:01 UTC\n\nWhy is it slow?')
    expect(text).toContain('**[e1] diagnose_pod**')
    expect(text).toContain('````\nCARD ``` inside\n````')
    expect(text).not.toContain('hmm')
    expect(text).not.toContain('GPU 3 fell off the bus [e1]')
    expect(text.match(/## You/g)).toHaveLength(1)
  })

  it('a fence is longer than any inside', () => {
    expect(fenced('a ````` b')).toBe('``````\na ````` b\n``````')
  })
})
