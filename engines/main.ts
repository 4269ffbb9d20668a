// Brings the real engines to this machine: node engines/main.ts [--only postgres,prometheus] [--strict]
import { parseArgs } from 'node:util'
import { ensureAlertmanager } from './alertmanager.ts'
import { ensureCrds } from './crds.ts'
import type { Ensured } from './engine.ts'
import { EngineUnavailable } from './errors.ts'
import type { EngineName } from './index.ts'
import { ensureKubernetes } from './kubernetes-build.ts'
import { ensurePostgres } from './postgres.ts'
import { ensurePrometheus } from './prometheus.ts'

const ENSURE: Record<EngineName, () => Promise<Ensured>> = {
  postgres: ensurePostgres,
  prometheus: ensurePrometheus,
  alertmanager: ensureAlertmanager,
  kubernetes: () => ensureKubernetes((line) => console.log(`        ${line}`)),
  'dynamo-crds': () => ensureCrds('dynamo'),
  'kuberay-crds': () => ensureCrds('kuberay'),
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, all: { type: 'boolean' }, strict: { type: 'boolean' } },
})
const wanted = values.only === undefined || values.all ? Object.keys(ENSURE) : values.only.split(',')

for (const name of wanted) {
  const outcome = await ensure(name)
  console.log(outcome.line)
  // What this machine cannot have is skipped, and said; with --strict, and for real failures, the exit code says it too.
  if (outcome.failed || (values.strict && outcome.skipped)) process.exitCode = 1
}

async function ensure(name: string): Promise<{ line: string; failed?: boolean; skipped?: boolean }> {
  if (!isEngine(name))
    return { line: `FAILED  ${name}: unknown; known: ${Object.keys(ENSURE).join(', ')}`, failed: true }
  const started = performance.now()
  try {
    const { how, version } = await ENSURE[name]()
    return { line: `ok      ${name} ${version}: ${how}, ${((performance.now() - started) / 1_000).toFixed(1)} s` }
  } catch (error) {
    if (error instanceof EngineUnavailable) return { line: `SKIPPED ${name}: ${error.message}`, skipped: true }
    return { line: `FAILED  ${name}: ${error instanceof Error ? error.message : String(error)}`, failed: true }
  }
}

function isEngine(name: string): name is EngineName {
  return Object.hasOwn(ENSURE, name)
}
