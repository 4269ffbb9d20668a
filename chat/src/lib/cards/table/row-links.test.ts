import { describe, expect, it } from 'vitest'
import { rowLink } from './row-links.ts'

describe('what a row leads to', () => {
  it('an alert to its page, a pending one without a fingerprint to none (ALR-015)', () => {
    expect(rowLink('list_alerts', { id: 'gpu-east/6145004c' })).toEqual({
      column: 'alert',
      href: '/alerts/gpu-east/6145004c',
    })
    expect(rowLink('list_alerts', { id: 'gpu-east/pending/[["a","b"]]' })).toBeUndefined()
    expect(rowLink('get_alert_history', { id: 'gpu-east/61/99', cluster: 'gpu-east', fingerprint: '61' })).toEqual({
      column: 'alert',
      href: '/alerts/gpu-east/61',
    })
  })

  it('a GPU node to its page, a machine without GPUs to none (GPU-015)', () => {
    const href = '/gpus/gpu-east/n1'
    expect(rowLink('get_gpu_nodes', { id: '1', cluster: 'gpu-east', node: 'n1' })).toEqual({ column: 'node', href })
    const node = { id: '1', kind: 'kubernetes', cluster: 'gpu-east', name: 'n1' }
    expect(rowLink('list_nodes', { ...node, gpuCapacity: 8 })).toEqual({ column: 'name', href })
    expect(rowLink('list_nodes', { ...node, gpuCapacity: 0 })).toBeUndefined()
  })

  it('a model to its page, a deployment to its own with its namespace (MOD-012, MOD-048)', () => {
    expect(rowLink('list_models', { id: 'Qwen/Qwen3-8B' })).toEqual({ column: 'id', href: '/models/Qwen/Qwen3-8B' })
    const row = { id: 'gpu-east/inference/chat', cluster: 'gpu-east', namespace: 'inference', name: 'chat' }
    expect(rowLink('list_deployments', row)).toEqual({
      column: 'name',
      href: '/deployments/gpu-east/chat?namespace=inference',
    })
    expect(rowLink('list_deployments', { id: 'group' })).toBeUndefined()
  })

  it('a pod that fails to the question why, one that runs to none', () => {
    const pod = { id: '1', cluster: 'hub', namespace: 'gitops', name: 'web-1' }
    expect(rowLink('list_pods', { ...pod, statusTone: 'bad' })).toEqual({
      column: 'name',
      ask: 'Why is pod hub/gitops/web-1 failing?',
    })
    expect(rowLink('list_pods', { ...pod, statusTone: 'good' })).toBeUndefined()
    expect(rowLink('what_is_failing', { id: '1', cluster: 'hub', workload: 'Node/n1', namespace: '' })).toBeUndefined()
  })

  it('a trace to its tree', () => {
    expect(rowLink('search_traces', { id: '1', cluster: 'gpu-east', traceId: '0af7' })).toEqual({
      column: 'operation',
      href: '/traces/gpu-east/0af7',
    })
  })

  it('rows of other tools to nothing', () => {
    expect(rowLink('list_silences', { id: '1' })).toBeUndefined()
    expect(rowLink('constructor', { id: '1' })).toBeUndefined()
    expect(rowLink(undefined, { id: 'gpu-east/61' })).toBeUndefined()
  })
})
