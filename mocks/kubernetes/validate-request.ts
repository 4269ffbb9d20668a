import type { Draft } from '../world/kube-types.ts'
import { required, wrong } from './causes.ts'
import type { Cause } from './status.ts'

const SKUS =
  'gb200_sxm gb10 b200_sxm h200_sxm h100_sxm h100_pcie a100_sxm a100_pcie a30 l40s l40 l4 v100_sxm v100_pcie t4 mi200 mi300'.split(
    ' ',
  )

const oneOf = (field: string, value: unknown, allowed: readonly string[]): Cause[] =>
  value === undefined || allowed.includes(String(value))
    ? []
    : [
        {
          reason: 'FieldValueNotSupported',
          message: `Unsupported value: "${String(value)}": supported values: ${allowed.map((one) => `"${one}"`).join(', ')}`,
          field,
        },
      ]

/** What the DynamoGraphDeploymentRequest CRD and its admission webhook refuse (v1beta1, the rules of Dynamo 1.6). */
export function requestCauses(draft: Draft): Cause[] {
  const spec = draft.spec as Record<string, unknown> | undefined
  if (!spec || draft.apiVersion.endsWith('v1alpha1')) return spec ? [] : [required('spec')]
  const { hardware, workload, sla } = spec as Record<string, Record<string, unknown> | undefined>
  return [
    ...(typeof spec.model === 'string' && spec.model !== '' ? [] : [required('spec.model')]),
    ...oneOf('spec.backend', spec.backend, ['auto', 'sglang', 'trtllm', 'vllm']),
    ...oneOf('spec.searchStrategy', spec.searchStrategy, ['rapid', 'thorough']),
    ...oneOf('spec.hardware.gpuSku', hardware?.gpuSku, SKUS),
    ...(spec.searchStrategy === 'thorough' && (spec.backend ?? 'auto') === 'auto'
      ? [wrong('spec.backend', 'searchStrategy "thorough" needs a concrete backend')]
      : []),
    ...(workload?.concurrency !== undefined && workload.requestRate !== undefined
      ? [wrong('spec.workload', 'concurrency and requestRate are mutually exclusive')]
      : []),
    ...(sla?.e2eLatency !== undefined && (sla.ttft !== undefined || sla.itl !== undefined)
      ? [wrong('spec.sla', 'e2eLatency cannot be combined with ttft or itl')]
      : []),
  ]
}
