import { alertmanagerProgram } from './alertmanager.ts'
import { type CheckoutEngine, checkoutProgram } from './checkout-build.ts'
import { crdsAvailable } from './crds.ts'
import { dynamoMockerProgram } from './dynamo-mocker.ts'
import type { Availability } from './engine.ts'
import { type GoEngine, goEngineProgram } from './go-engines.ts'
import { kubernetesBuilt } from './kubernetes-build.ts'
import { mountNamespace } from './operators.ts'
import { postgresPrograms } from './postgres.ts'
import { prometheusPrograms } from './prometheus.ts'
import { type RayEngine, rayProgram } from './ray.ts'

export { type Alertmanager, type AlertmanagerOptions, startAlertmanager } from './alertmanager.ts'
export type { CrdSet } from './crds.ts'
export { type DynamoMocker, type DynamoMockerOptions, startDynamoMocker } from './dynamo-mocker.ts'
export type { Availability } from './engine.ts'
export { EngineUnavailable } from './errors.ts'
export type { StartOptions } from './folder.ts'
export { startKserveController } from './kserve.ts'
export { type Kubernetes, type KubernetesOptions, startKubernetes } from './kubernetes.ts'
export type { ApiAnswer, ApiCall, KubernetesApi } from './kubernetes-api.ts'
export { GPU_MODELS, type GpuNodes } from './kubernetes-nodes.ts'
export { type Loki, type LokiOptions, type LokiStream, startLoki } from './loki.ts'
export { type Operator, type OperatorOptions, startDynamoOperator, startKuberayOperator } from './operators.ts'
export { type Postgres, startPostgres } from './postgres.ts'
export { type Prometheus, type PrometheusOptions, startPrometheus } from './prometheus.ts'
export { type Ray, type RayEngine, type RayNodeOptions, type RayOptions, type RayWorker, startRay } from './ray.ts'
export { startTempo, type Tempo, type TempoOptions } from './tempo.ts'
export { startThanos, type Thanos, type ThanosOptions } from './thanos.ts'

export type EngineName =
  | 'postgres'
  | 'prometheus'
  | 'alertmanager'
  | 'kubernetes'
  | 'dynamo-crds'
  | 'kuberay-crds'
  | 'dynamo-mocker'
  | 'kserve-crds'
  | 'kserve-minimal-crds'
  | RayEngine
  | CheckoutEngine
  | GoEngine

/**
 * Whether tests may use an engine now; it installs nothing. Meant for `describe.skipIf(!available('postgres').ok)`: the
 * reason of a skip goes to stderr, so that it is seen.
 */
export function available(name: EngineName): Availability {
  const answer = look(name)
  if (!answer.ok) console.error(`SKIPPED ${name}: ${answer.why}`)
  return answer
}

function look(name: EngineName): Availability {
  switch (name) {
    case 'postgres':
      return present(postgresPrograms() !== undefined, name)
    case 'prometheus':
      return present(prometheusPrograms() !== undefined, name)
    case 'alertmanager':
      return present(alertmanagerProgram() !== undefined, name)
    case 'kubernetes':
      return present(kubernetesBuilt(), name)
    case 'dynamo-crds':
      return crdsAvailable('dynamo')
    case 'dynamo-mocker':
      return present(dynamoMockerProgram() !== undefined, name)
    case 'ray':
    case 'ray-older':
      return present(rayProgram(name) !== undefined, name)
    case 'kuberay-crds':
      return crdsAvailable('kuberay')
    case 'kserve-crds':
      return crdsAvailable('kserve')
    case 'kserve-minimal-crds':
      return crdsAvailable('kserve-minimal')
    case 'dynamo-operator':
      return mountNamespace() ?? present(checkoutProgram(name) !== undefined, name)
    case 'tempo':
    case 'kuberay-operator':
    case 'kserve-controller':
      return present(checkoutProgram(name) !== undefined, name)
    case 'loki':
    case 'thanos':
    case 'prometheus-newest':
    case 'alertmanager-newest':
      return present(goEngineProgram(name) !== undefined, name)
  }
}

function present(there: boolean, name: EngineName): Availability {
  return there ? { ok: true } : { ok: false, why: `not on this machine; run: node engines/main.ts --only ${name}` }
}
