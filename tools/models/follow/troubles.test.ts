import { describe, expect, it } from 'vitest'
import type { Finding } from '#contract'
import type { Pod } from '../../kubernetes/service.ts'
import { diagnosisOf, worstPod } from './troubles.ts'

const now = new Date('2026-11-20T12:00:00Z')
const pod = (name: string, more: { restarts?: number; gpus?: number; waiting?: string; node?: string } = {}): Pod => ({
  metadata: { name, namespace: 'ml', uid: name },
  spec: {
    nodeName: more.node ?? 'n1',
    containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': String(more.gpus ?? 1) } } }],
  },
  status: {
    phase: 'Pending',
    startTime: '2026-11-20T11:50:00Z',
    containerStatuses: [
      {
        name: 'main',
        restartCount: more.restarts ?? 0,
        state: more.waiting ? { waiting: { reason: more.waiting } } : { running: {} },
      },
    ],
  },
})
const finding = (id: string, more: Partial<Finding> = {}): Finding => ({
  ...{ id, severity: 'critical', title: `${id}!`, cause: 'c', remedy: 'Do something.' },
  evidence: [{ source: 'previous log of main', text: 'it "said" so' }],
  ...more,
})

describe('the diagnosis of a rollout', () => {
  it('looks at the pod in trouble: with GPUs before without, restarted most', () => {
    const loop = 'CrashLoopBackOff'
    const pods = [
      pod('frontend', { gpus: 0, waiting: loop, restarts: 9 }),
      pod('once', { waiting: loop, restarts: 1 }),
      pod('often', { waiting: loop, restarts: 4 }),
      pod('loading'),
    ]
    expect(worstPod(pods, now)?.metadata.name).toBe('often')
    expect(worstPod([pod('loading')], now)).toBeUndefined()
  })

  it('says cause, the line of the log that tells it, and the next step', () => {
    const found = diagnosisOf(pod('p', { restarts: 2 }), [finding('crash-loop'), finding('model-gated')], now)!
    expect(found.words).toBe(`p: model-gated!. previous log of main: "it 'said' so". Do something.`)
    expect(found.isFinal).toBe(true)
  })

  it.each([
    ['cuda-out-of-memory', 1, false],
    ['cuda-out-of-memory', 2, true],
    ['dependency-refused', 2, false],
    ['dependency-refused', 3, true],
    ['image-not-found', 0, true],
  ])('%s after %d restarts is final: %s', (id, restarts, isFinal) => {
    expect(diagnosisOf(pod('p', { restarts }), [finding(id)], now)?.isFinal).toBe(isFinal)
  })

  it('an image that is missing since a moment may still come', () => {
    const early = new Date('2026-11-20T11:51:00Z')
    expect(diagnosisOf(pod('p'), [finding('image-not-found')], early)?.isFinal).toBe(false)
    expect(diagnosisOf(pod('p'), [], now)).toBeUndefined()
    expect(diagnosisOf(pod('p'), [finding('x', { severity: 'warning' })], now)?.isFinal).toBe(false)
  })
})
