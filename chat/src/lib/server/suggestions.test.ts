import { expect, it } from 'vitest'
import { personas } from '#personas/index.ts'
import { personaQuestions } from '../words/de/persona-questions.ts'
import { chosen } from './suggestions.ts'

it('offers four, the worst first, each once; what is equal stays in its order', () => {
  const offered = chosen([
    { text: 'own 1', rank: 10 },
    { text: 'own 2', rank: 10 },
    { text: 'free GPUs', rank: 20, tone: 'good' },
    { text: 'critical', rank: 95, tone: 'bad' },
    { text: 'silent', rank: 100, tone: 'bad' },
    { text: 'critical', rank: 5 },
  ])
  expect(offered).toEqual([
    { text: 'silent', tone: 'bad' },
    { text: 'critical', tone: 'bad' },
    { text: 'free GPUs', tone: 'good' },
    { text: 'own 1' },
  ])
})

it('UIX every question of a built-in persona is there in German, and no other', () => {
  const questions = personas.flatMap(({ suggestions }) => suggestions)
  expect(Object.keys(personaQuestions).sort()).toEqual([...new Set(questions)].sort())
})
