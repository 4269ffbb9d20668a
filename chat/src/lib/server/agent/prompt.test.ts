import { expect, it } from 'vitest'
import { buildInstructions } from './prompt.ts'

it('the instructions name a language only where it is not English', () => {
  const facts = { clusters: ['gpu-east'], person: { name: 'Ada', role: 'owner' } }
  expect(buildInstructions({ ...facts, language: 'de' })).toContain('Answer in German')
  expect(buildInstructions({ ...facts, language: 'en' })).toBe(buildInstructions(facts))
  expect(buildInstructions(facts)).not.toContain('Answer in')
})
