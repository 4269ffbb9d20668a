import { join } from 'node:path'
import { EngineUnavailable } from './errors.ts'
import type { StartOptions } from './folder.ts'
import { freePort } from './ports.ts'
import { ensureWheels, wheelsProgram } from './python-wheels.ts'
import { runEngine } from './run.ts'
import { writeTinyModel } from './tiny-model.ts'

const version = '1.6.1'
const wheels = {
  name: 'dynamo-mocker',
  version,
  installs: [
    // What its frontend and its mocker import; the rest of its dependencies are for GPUs and are left out.
    [
      'uvloop==0.23.0',
      'pydantic<=2.13.5,>=2.10.6',
      'pyyaml',
      'prometheus-client>=0.23.1,<1',
      'pyzmq>=26',
      'msgspec>=0.19',
      'aiohttp>=3.14.3,<4',
      'packaging',
      'typing-extensions',
    ],
    ['--no-deps', `ai-dynamo==${version}`, `ai-dynamo-runtime==${version}`],
  ],
  imports: 'dynamo.frontend, dynamo.mocker',
}

/** The Python of its virtual environment, or undefined where it was not brought yet. */
export const dynamoMockerProgram = () => wheelsProgram(wheels)

/** No GPU, no weights, no compiler. */
export const ensureDynamoMocker = (report: (line: string) => void) => ensureWheels(wheels, report)

export type DynamoMocker = {
  /** The frontend; the OpenAI API is under /v1 */
  url: string
  port: number
  /** The name it serves its model under */
  model: string
  stop(): Promise<void>
}

export type DynamoMockerOptions = StartOptions & {
  model?: string
  /** How much faster than the GPU it plays; default 1 */
  speedup?: number
}

/**
 * NVIDIA Dynamo's own frontend (HTTP, tokenizer, router) over its own mocker: the scheduler, the batches, the prefix cache and the times
 * of an engine, with words instead of what a model would say. On loopback.
 */
export async function startDynamoMocker(options: DynamoMockerOptions = {}): Promise<DynamoMocker> {
  const program = dynamoMockerProgram()
  if (program === undefined)
    throw new EngineUnavailable('Dynamo is not here; run: node engines/main.ts --only dynamo-mocker')
  const { model = 'tiny', speedup = 1 } = options
  return runEngine('dynamo-mocker', options, async (run) => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const folder = writeTinyModel(join(run.dir, 'model'))
    const env = {
      DYN_FILE_KV: join(run.dir, 'discovery'),
      DYN_TCP_RPC_HOST: '127.0.0.1',
      DYN_TCP_RESPONSE_STREAM_HOST: '127.0.0.1',
      DYN_EVENT_PLANE_HOST: '127.0.0.1',
      DYN_SYSTEM_HOST: '127.0.0.1',
      HF_HUB_OFFLINE: '1',
    }
    const planes = ['--discovery-backend', 'file', '--request-plane', 'tcp', '--event-plane', 'zmq']
    const start = (name: string, args: string[]) =>
      run.start({ name, program, args: ['-m', name, ...args, ...planes], env, gentle: 'SIGKILL' })
    start('dynamo.mocker', ['--model-path', folder, '--model-name', model, '--speedup-ratio', String(speedup)])
    const frontend = start('dynamo.frontend', ['--http-host', '127.0.0.1', '--http-port', String(port)])
    await frontend.waitUntil(async () => {
      const answer = await fetch(`${url}/v1/models`, { signal: AbortSignal.timeout(2_000) })
      const { data } = (await answer.json()) as { data?: { id: string }[] }
      return data?.some(({ id }) => id === model) ?? false
    }, 90_000)
    return { url, port, model, stop: run.stop }
  })
}
