import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ListedTool } from '../dashboards/client.ts'
import { en } from '../words/en/index.ts'
import { cost, emptyPersona, idFrom, problemsOf } from './persona-form.ts'

const tool = (name: string, characters: number): ListedTool => ({
  name,
  title: name,
  about: name,
  domain: 'a',
  risk: 'read',
  forAgents: true,
  arguments: [],
  characters,
})
const tools = [tool('search_tools', 100), tool('list_pods', 500), tool('wordy', 14_000)]

it('PER-003: a name gives an id that the server takes, or none', () => {
  expect(idFrom('GPU night shift')).toBe('gpu-night-shift')
  expect(idFrom('1. Ärger & Söhne')).toBe('a-rger-so-hne')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      expect(idFrom(name)).toMatch(/^([a-z]([a-z0-9-]{0,30}[a-z0-9])?)?$/)
    }),
  )
})

it('counts what the model reads, with the tools of every persona', () => {
  expect(cost(['list_pods'], tools)).toEqual({ tools: 2, characters: 600 })
})

it('says at the field what is wrong', () => {
  const whole = { ...emptyPersona, id: 'abcd', name: 'A', description: 'B', systemPrompt: 'C' }
  expect(problemsOf(whole, tools, en.personas)).toEqual({})
  expect(Object.keys(problemsOf(emptyPersona, tools, en.personas))).toEqual([
    'name',
    'id',
    'description',
    'systemPrompt',
  ])
  expect(problemsOf({ ...whole, capabilities: ['wordy'] }, tools, en.personas)).toHaveProperty('capabilities')
})
