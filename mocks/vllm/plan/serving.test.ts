import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { JsonSchema } from '../schema.ts'
import { calls, chat } from '../testing.ts'

/** The tools as the product publishes them: names of arguments must be theirs. */
const published = JSON.parse(
  readFileSync(new URL('../../../mcp-server/surface/tools.json', import.meta.url), 'utf8'),
) as { name: string; description?: string; inputSchema: JsonSchema }[] | { tools: never }
const tools = (Array.isArray(published) ? published : (published.tools as never[])).map(
  ({ name, description = '', inputSchema }: { name: string; description?: string; inputSchema: JsonSchema }) => ({
    name,
    description,
    schema: inputSchema,
  }),
)

// biome-ignore format: a table reads better with one row a question
const TABLE: [string, string, object][] = [
  ['deploy Qwen3-8B', 'deploy_model', { model: 'Qwen3-8B' }],
  ['deploy Qwen3-8B on 2 GPUs in gpu-east with sglang', 'deploy_model', { model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 2, engine: 'sglang' }],
  ['deploy Qwen3-8B on 2 GPUs in gpu-east with trtllm disaggregated', 'deploy_model', { model: 'Qwen3-8B', cluster: 'gpu-east', gpus: 2, engine: 'trtllm', mode: 'disaggregated' }],
  ['deploy Qwen3-8B in gpu-east with 3 replicas as a plain deployment', 'deploy_model', { model: 'Qwen3-8B', cluster: 'gpu-east', replicas: 3, runtime: 'plain' }],
  ['deploy Qwen3-8B in gpu-east with KServe', 'deploy_model', { model: 'Qwen3-8B', cluster: 'gpu-east', runtime: 'kserve' }],
  ['deploy Qwen3-8B as a RayService in gpu-west', 'deploy_model', { model: 'Qwen3-8B', cluster: 'gpu-west', runtime: 'ray-service' }],
  ['deploy Qwen3-8B in gpu-east by goal', 'deploy_model', { model: 'Qwen3-8B', cluster: 'gpu-east', runtime: 'dynamo-request' }],
  ['deploy Qwen3-8B with 16k context in gpu-east', 'deploy_model', { model: 'Qwen3-8B', cluster: 'gpu-east', contextLength: 16_384 }],
  ['preview Qwen3-32B on 2 GPUs in gpu-west', 'preview_deployment', { model: 'Qwen3-32B', cluster: 'gpu-west', gpus: 2 }],
  ['Preview deploying Qwen3-32B on two H100 in gpu-east', 'preview_deployment', { model: 'Qwen3-32B', cluster: 'gpu-east', gpus: 2, gpuModel: 'H100' }],
  ['does Qwen3-32B fit anywhere', 'check_model_fit', { model: 'Qwen3-32B' }],
  ['how much memory does Qwen3-32B need', 'check_model_fit', { model: 'Qwen3-32B' }],
  ['which models fit on an L40S', 'list_models', { fitsOn: 'L40S' }],
  ['show model Qwen3-8B', 'get_model', { model: 'Qwen3-8B' }],
  ['scale qwen3-8b in gpu-east to 3', 'scale_deployment', { cluster: 'gpu-east', name: 'qwen3-8b', replicas: 3 }],
  ['scale the deployment qwen3-8b in gpu-east to three', 'scale_deployment', { cluster: 'gpu-east', name: 'qwen3-8b', replicas: 3 }],
  ['set the context of qwen3-8b in gpu-east to 16k', 'update_deployment', { cluster: 'gpu-east', name: 'qwen3-8b', contextLength: 16_384 }],
  ['roll qwen3-8b in gpu-east back', 'rollback_deployment', { cluster: 'gpu-east', name: 'qwen3-8b' }],
  ['test deployment qwen3-8b in gpu-east', 'test_deployment', { cluster: 'gpu-east', name: 'qwen3-8b' }],
  ['how fast is qwen3-8b in gpu-east at 8 concurrent requests', 'test_deployment', { cluster: 'gpu-east', name: 'qwen3-8b', concurrency: 8 }],
  ['delete deployment qwen3-8b in gpu-east', 'delete_deployment', { cluster: 'gpu-east', name: 'qwen3-8b' }],
  ['which deployments are not ready', 'list_deployments', {}],
  ['show the deployment qwen3-32b in gpu-east', 'get_deployment', { cluster: 'gpu-east', name: 'qwen3-32b' }],
  ['logs of deployment qwen3-8b in gpu-east', 'get_deployment_logs', { cluster: 'gpu-east', name: 'qwen3-8b' }],
]

describe('what people say to serve models, with the tools as they are published', () => {
  it.each(TABLE)('%s', (question, tool, input) => {
    const { calls: called } = chat(tools).ask(question)
    expect(called.map(({ name }) => name)).toEqual([tool])
    expect(JSON.parse(called[0]!.arguments)).toEqual(input)
  })

  it.each(['logs of deployment qwen3-8b', 'delete deployment qwen3-8b', 'roll qwen3-8b back'])(
    '%s: asks for the cluster and guesses none',
    (question) => {
      const said = chat(tools).ask(question)
      expect(calls(said)).toEqual([])
      expect(said.content).toContain('Which cluster do you mean?')
    },
  )
})
