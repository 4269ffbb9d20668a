// Brings the real engines to this machine: node engines/main.ts [--all | --only postgres,prometheus] [--strict]
import { parseArgs } from 'node:util'
import { ensureAlertmanager } from './alertmanager.ts'
import { ensureCheckoutEngine } from './checkout-build.ts'
import { ensureCrds } from './crds.ts'
import { ensureDynamoMocker } from './dynamo-mocker.ts'
import type { Ensured } from './engine.ts'
import { EngineUnavailable } from './errors.ts'
import { ensureGoEngine } from './go-engines.ts'
import type { EngineName } from './index.ts'
import { ensureKubernetes } from './kubernetes-build.ts'
import { ensurePostgres } from './postgres.ts'
import { ensurePrometheus } from './prometheus.ts'
import { ensureRay } from './ray.ts'

const report = (line: string) => console.log(`        ${line}`)

const ENSURE: Record<EngineName, () => Promise<Ensured>> = {
  postgres: ensurePostgres,
  prometheus: ensurePrometheus,
  alertmanager: ensureAlertmanager,
  kubernetes: () => ensureKubernetes(report),
  'dynamo-crds': () => ensureCrds('dynamo'),
  'kuberay-crds': () => ensureCrds('kuberay'),
  'dynamo-mocker': () => ensureDynamoMocker(report),
  ray: () => ensureRay('ray', report),
  'ray-older': () => ensureRay('ray-older', report),
  'kserve-crds': () => ensureCrds('kserve'),
  'kserve-minimal-crds': () => ensureCrds('kserve-minimal'),
  'alertmanager-newest': () => ensureGoEngine('alertmanager-newest', report),
  'prometheus-newest': () => ensureGoEngine('prometheus-newest', report),
  thanos: () => ensureGoEngine('thanos', report),
  loki: () => ensureGoEngine('loki', report),
  tempo: () => ensureCheckoutEngine('tempo', report),
  'kuberay-operator': () => ensureCheckoutEngine('kuberay-operator', report),
  'dynamo-operator': () => ensureCheckoutEngine('dynamo-operator', report),
  'kserve-controller': () => ensureCheckoutEngine('kserve-controller', report),
}

// Cold builds that take longer than the rest of the tests, or need a source that is given by hand.
const ONLY_WITH_ALL: EngineName[] = ['loki', 'tempo', 'kuberay-operator', 'dynamo-operator', 'kserve-controller']

const { values } = parseArgs({
  options: { only: { type: 'string' }, all: { type: 'boolean' }, strict: { type: 'boolean' } },
})
const byDefault = Object.keys(ENSURE).filter((name) => !ONLY_WITH_ALL.some((later) => later === name))
const wanted = values.all ? Object.keys(ENSURE) : (values.only?.split(',') ?? byDefault)

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
