import { defineRunbook } from './define.ts'

export const incident = defineRunbook({
  id: 'incident',
  title: 'Something is wrong',
  about: 'From a symptom to the most likely cause, with evidence and what to do first',
  arguments: [
    {
      name: 'symptom',
      title: 'What you see',
      about: 'In your words: "chat answers take 20 s since noon"',
      required: true,
    },
    { name: 'cluster', title: 'Cluster', about: 'All clusters if empty', required: false, of: 'cluster' },
    { name: 'since', title: 'Since', about: 'For example 2h or a time', required: false },
  ],
  ask: ({ symptom, cluster, since }) =>
    [
      `Incident: ${symptom}.${cluster ? ` Look at cluster ${cluster} first.` : ''}${since ? ` It began about ${since} ago or at ${since}.` : ''}`,
      'Keep a to-do list. Look at what is failing, firing alerts, recent events and changes of that time, then at metrics and logs of what stands out.',
      'Tell the most likely cause with its evidence, what speaks against it, what is affected, and the first step. Plan a change only where you are sure.',
    ].join('\n'),
})
