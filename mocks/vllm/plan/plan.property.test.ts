import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chat, TOOLS } from '../testing.ts'

const words = fc.constantFrom(
  ...(
    'which nodes have free GPUs and p95 latency per model deploy Qwen3-8B there launch a ray cluster with two workers escrow job 42 why is it failing ' +
    'pod team-a/api-0 logs only H100 in gpu-east what is wrong alerts scale delete drain more yes cost of droplets last hour ? , . the rest not by namespace'
  ).split(' '),
)
const question = fc.array(words, { minLength: 1, maxLength: 14 }).map((all) => all.join(' '))
const result = fc.oneof(
  fc.constantFrom(
    '',
    'error upstream-timeout: no answer\nnext: try later',
    'approval apr_1 waits for a person; nothing has been changed.',
    'cluster\tnamespace\tpod\tstatus\ngpu-east\tteam-a\tapi-0\tCrashLoopBackOff',
    'cluster\tnode\tfree\ngpu-west\tgpu-west-1\t8',
    ...TOOLS.map(({ name, schema }) => `${name} (read): x\n  input: ${JSON.stringify(schema.properties)}`),
  ),
  fc.string({ maxLength: 200 }),
)

describe('any conversation', () => {
  it('ends, calls only what is offered, never twice the same, and always answers something', () => {
    fc.assert(
      fc.property(
        fc.subarray(TOOLS),
        fc.array(question, { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(result),
        (tools, questions, results) => {
          const talk = chat(tools)
          const offered = tools.map(({ name }) => name)
          for (const text of questions) {
            let completion = talk.ask(text)
            const made: string[] = []
            for (let step = 0; completion.calls.length; step += 1) {
              expect(step).toBeLessThan(12)
              for (const call of completion.calls) {
                expect(offered).toContain(call.name)
                const key = `${call.name} ${call.arguments}`
                expect(made).not.toContain(key)
                made.push(key)
              }
              completion = talk.results(...completion.calls.map(() => results.next().value))
            }
            expect(completion.content.length).toBeGreaterThan(0)
            talk.keep()
          }
          const answers = talk.messages.filter(({ role }) => role === 'assistant').map(({ content }) => content)
          expect(answers.join('\n').split('embedded demo model')).toHaveLength(2)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const { calls, content } = chat().ask(text)
        expect(calls.length + content.length).toBeGreaterThan(0)
      }),
      { numRuns: 300 },
    )
  })
})
