import { describe, expect, it } from 'vitest'
import { answerToNote, isNote } from './note.ts'

const note = (words: string) =>
  `[2026-11-20 20:23] [Note from Quartermaster, not from the person] "Deploy \\"x\\" on gpu-west" (86ae7fd5): ${words}`

describe('a note on a decision is no question', () => {
  it.each([
    ['denied by Ada. Nothing was changed. Do not ask again.', 'denied'],
    ['cancelled by Ada before it ran. Nothing was changed.', 'cancelled'],
    ['expired without a decision. Nothing was changed.', 'Nobody decided'],
    ['approved by Ada and started; it is not finished. It says: "x".', 'has begun'],
    ['approved by Ada and done. Say in one or two sentences what happens now.', 'is done'],
    ['approved by Ada, but it failed. Reason given: "no".', 'failed'],
  ])('%s', (words, said) => {
    const answer = answerToNote(note(words))
    expect(answer).toContain(said)
    expect(answer).toContain('Deploy "x" on gpu-west')
  })

  it('what a person says is a question', () => {
    expect(answerToNote('Note from me: which nodes are free?')).toBeUndefined()
    expect(isNote('which nodes are free?')).toBe(false)
  })
})
