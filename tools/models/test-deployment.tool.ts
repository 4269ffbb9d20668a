import { cards } from '#contract'
import { defineTool } from '#define'
import { measureInput } from './measure/input.ts'
import { planMeasurement } from './measure/plan.ts'
import { runMeasurement } from './measure/run.ts'
import { measurementText } from './measure/words.ts'
import { servedAccess } from './read/served-fleet.ts'

export const testDeployment = defineTool({
  name: 'test_deployment',
  title: 'Test a served model',
  about:
    'Is a deployment (or an OpenAI API by url) good, and how fast? Models, one answer, one stream, a bounded load: first token, time between tokens, tokens/s, compared with the last test. A person approves. Users’ latency: get_serving_metrics.',
  risk: 'change',
  afterCrash: 'report',
  card: 'measurement',
  needs: ['fleet', 'kubernetes'],
  uses: ['vllm', 'prometheus'],
  input: measureInput,
  output: cards.measurement.payload,
  examples: [{ cluster: 'gpu-east', name: 'qwen3-32b', concurrency: 8 }],
  route: { method: 'POST', path: '/deployments/test' },
  access: [
    { verbs: ['get', 'create'], group: '', resource: 'services/proxy' },
    { verbs: ['list'], group: '', resource: 'services' },
    ...servedAccess,
  ],
  timeoutMs: 150_000,
  text: measurementText,
  plan: planMeasurement,
  run: runMeasurement,
})
