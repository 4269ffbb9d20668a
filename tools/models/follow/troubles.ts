import type { Finding } from '#contract'
import type { JobContext } from '#define'
import { diagnose, readPod } from '../../analysis/service.ts'
import { type Pod, podGpus, podState } from '../../kubernetes/service.ts'
import { cell, quoted } from '../../text.ts'
import type { Diagnosis } from './progress.ts'

/** What ends a program the same way each time: known after its second end. */
const lasting = new Set([
  'model-gated',
  'model-not-found',
  'cuda-out-of-memory',
  'kv-cache-too-small',
  'tensor-parallel-too-large',
  'argument-refused',
  'module-missing',
  'cuda-driver-too-old',
  'disk-full',
  'oom-killed',
  'command-not-found',
])
/** What keeps a container from starting until somebody changes something: known when it stays. */
const standing = new Set([
  'image-not-found',
  'image-unauthorized',
  'image-architecture',
  'image-name-invalid',
  'image-never-pull',
  'secret-missing',
  'configmap-missing',
  'config-key-missing',
])
const standingMs = 2 * 60_000

/** A program that came up this often and died each time will not come up. */
const manyRestarts = 3

export const restartsOf = ({ status }: Pod): number =>
  [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].reduce(
    (most, { restartCount }) => Math.max(most, restartCount ?? 0),
    0,
  )

/** The pod that tells most: in trouble, with GPUs before without, restarted most often. */
export function worstPod(pods: readonly Pod[], now: Date): Pod | undefined {
  return pods
    .filter((pod) => pod.spec.nodeName !== undefined && !pod.metadata.deletionTimestamp)
    .filter((pod) => podState(pod, now).tone === 'bad' || (restartsOf(pod) > 0 && podState(pod, now).tone !== 'good'))
    .sort((one, other) => podGpus(other) - podGpus(one) || restartsOf(other) - restartsOf(one))[0]
}

/** Of several findings the one that says why, not only how it ended: a line of a log, or what is known to last. */
function telling(findings: readonly Finding[]): Finding | undefined {
  const critical = findings.filter(({ severity }) => severity === 'critical')
  return (
    critical.find(({ id }) => lasting.has(id) || standing.has(id)) ??
    critical.find(({ evidence }) => evidence.some(({ source }) => source.includes('log of'))) ??
    findings.find(({ severity }) => severity !== 'info') ??
    findings[0]
  )
}

/** Cause, evidence and next step in a sentence each. */
export function diagnosisOf(pod: Pod, findings: readonly Finding[], now: Date): Diagnosis | undefined {
  const finding = telling(findings)
  if (!finding) return undefined
  const evidence = finding.evidence.find(({ source }) => /log|container|event/.test(source))
  const said = evidence ? ` ${evidence.source}: ${quoted(evidence.text, 140)}.` : ''
  const restarts = restartsOf(pod)
  const words = `${pod.metadata.name}: ${cell(finding.title, 120)}.${said} ${finding.remedy}`
  const sinceMs = now.getTime() - Date.parse(pod.status.startTime ?? '')
  const isFinal = standing.has(finding.id)
    ? sinceMs > standingMs
    : finding.severity === 'critical' && (lasting.has(finding.id) ? restarts > 1 : restarts >= manyRestarts)
  return { words, isFinal }
}

interface Known {
  signature: string
  atMs: number
  diagnosis: Diagnosis | undefined
}

/** The same pod in the same state is looked at again after this long. */
const keptMs = 60_000
const mostKept = 500

/** Diagnoses of followed deployments, each kept while its pod stays in the same state: logs are read once, not with every look. */
export function createDiagnoses() {
  const known = new Map<string, Known>()

  async function of(
    id: string,
    pods: readonly Pod[],
    look: { ctx: JobContext; cluster: string; signal: AbortSignal },
  ): Promise<Diagnosis | undefined> {
    const { ctx, cluster, signal } = look
    const now = ctx.now()
    const pod = worstPod(pods, now)
    if (!pod) {
      known.delete(id)
      return undefined
    }
    const signature = `${pod.metadata.uid ?? pod.metadata.name} ${podState(pod, now).status} ${restartsOf(pod)}`
    const before = known.get(id)
    if (before?.signature === signature && now.getTime() - before.atMs < keptMs) return before.diagnosis
    const { kubernetes, prometheus } = ctx.clients
    const facts = await readPod(
      { signal, now: () => now, clients: { kubernetes: kubernetes!, ...(prometheus && { prometheus }) } },
      { cluster, namespace: pod.metadata.namespace, pod: pod.metadata.name },
    )
    const diagnosis = diagnosisOf(pod, diagnose(facts), now)
    if (known.size >= mostKept) known.delete(known.keys().next().value!)
    known.set(id, { signature, atMs: now.getTime(), diagnosis })
    return diagnosis
  }
  return { of }
}
