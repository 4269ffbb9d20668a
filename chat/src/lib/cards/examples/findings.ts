import type { CardData } from '#contract'
import { minutesAgo } from './moment.ts'

export const exampleFindings: CardData['findings'] = {
  title: 'Diagnosis of llama-3.3-70b-decode-2',
  verdict: 'The pod is killed for memory each time its cache warms up.',
  tone: 'bad',
  checked: 14,
  findings: [
    {
      id: 'oom-loop',
      severity: 'critical',
      title: 'Out of memory, 6 times in 30 minutes',
      cause: 'The limit of 48 GiB is below what the engine maps at start (51.2 GiB).',
      evidence: [
        { source: 'events', text: 'OOMKilled, exit code 137', at: minutesAgo(4) },
        { source: 'container_memory_working_set_bytes', text: 'max 47.9 GiB of 48 GiB' },
      ],
      remedy: 'Raise the memory limit to 64 GiB, or lower --swap-space.',
      ask: 'Raise the memory limit of llama-3.3-70b-decode to 64 GiB',
    },
    {
      id: 'restarts',
      severity: 'warning',
      title: 'Back-off 5 m between restarts',
      cause: 'Follows from the first finding.',
      evidence: [{ source: 'status', text: 'CrashLoopBackOff' }],
      remedy: 'Nothing on its own.',
    },
  ],
  unknowns: ['Logs before 08:12 are gone.'],
}
