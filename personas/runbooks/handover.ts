import { defineRunbook } from './define.ts'

export const handover = defineRunbook({
  id: 'handover',
  title: 'Hand over the shift',
  about: 'What happened, what is open, what was changed and by whom',
  arguments: [{ name: 'since', title: 'Since', about: 'For example 8h', required: false }],
  ask: ({ since = '8h' }) =>
    [
      `Write a shift handover for the last ${since}.`,
      'What fired and what still fires, what failed, what was changed and who approved it, what waits for a decision.',
      'Three short lists: open now, done, watch. Name clusters and times.',
    ].join('\n'),
})
