import type { NewApproval } from './approval-row.ts'

/** A change that waits for a person, as the road would ask for it. */
export const newApproval = (more: Partial<NewApproval> = {}): NewApproval => ({
  tool: 'deploy_model',
  title: 'Deploy a model',
  risk: 'change',
  input: { model: 'Qwen3-8B', note: 'before\u0000after' },
  inputDigest: 'input',
  plan: {
    ...{ summary: 'Deploys Qwen3-8B', verb: 'Deploy Qwen3-8B', steps: [], checks: [], impact: [] },
    ...{ guard: { capacity: '2' }, cluster: 'gpu-east' },
  },
  planDigest: 'plan',
  guardDigest: 'guard',
  actor: { id: 'ada', name: 'Ada', role: 'operator', clusters: ['gpu-east'], kind: 'agent', client: 'chat' },
  expiresAt: new Date('2026-11-20T13:00:00Z'),
  ...more,
})
