import { defineDomain } from '#define'
import { diagnosePod } from './diagnose-pod.tool.ts'

export const analysis = defineDomain({
  name: 'analysis',
  about: 'Why something fails: named checks with evidence and remedy, without guessing.',
  tools: [diagnosePod],
})
