import { describe, expect, it } from 'vitest'
import { buildArguments } from './arguments.ts'
import type { Wants } from './concepts.ts'
import type { JsonSchema } from './schema.ts'
import { NOW_MS } from './testing.ts'
import { duration } from './time-arguments.ts'

const build = (properties: Record<string, JsonSchema>, wants: Wants) =>
  buildArguments({ type: 'object', properties }, wants, NOW_MS).arguments
const string: JsonSchema = { type: 'string' }
const integer: JsonSchema = { type: 'integer' }

describe('names of arguments', () => {
  it.each<[string, Record<string, JsonSchema>, Wants, object]>([
    ['a list of clusters', { clusters: { type: 'array', items: string } }, { clusters: ['a', 'b'] }, { clusters: ['a', 'b'] }],
    ['a list by another name', { cluster_ids: { type: 'array', items: string } }, { clusters: ['a'] }, { cluster_ids: ['a'] }],
    ['one cluster', { cluster: string }, { clusters: ['a'] }, { cluster: 'a' }],
    ['two clusters do not go where one is wanted', { cluster: string }, { clusters: ['a', 'b'] }, {}],
    ['GPUs per replica', { gpusPerReplica: integer }, { gpus: 2 }, { gpusPerReplica: 2 }],
    ['free GPUs', { free_gpus: integer }, { minFreeGpus: 4 }, { free_gpus: 4 }],
    ['free GPUs as a switch', { hasFreeGpus: { type: 'boolean' } }, { minFreeGpus: 4 }, { hasFreeGpus: true }],
    ['workers in an object', { head: { type: 'object', properties: { gpus: integer } }, workers: { type: 'object', properties: { count: integer, gpus: integer } } }, { workers: 3, gpusPerWorker: 1 }, { workers: { count: 3, gpus: 1 } }],
    ['workers in groups', { workerGroups: { type: 'array', items: { type: 'object', properties: { replicas: integer, gpus: integer, name: string }, required: ['name'] } } }, { workers: 3, gpusPerWorker: 2 }, { workerGroups: [{ replicas: 3, gpus: 2, name: 'default' }] }],
    ['a job number', { jobId: integer }, { job: '42' }, { jobId: 42 }],
    ['a job number out of a name', { jobId: integer }, { job: 'job-42' }, { jobId: 42 }],
    ['labels as a map', { labels: { type: 'object', additionalProperties: string } }, { labels: 'tier=gold' }, { labels: { tier: 'gold' } }],
    ['labels as a selector', { labelSelector: string }, { labels: 'tier=gold' }, { labelSelector: 'tier=gold' }],
    ['an option whatever its case', { status: { enum: ['Ready', 'NotReady'] } }, { status: 'not-ready' }, { status: 'NotReady' }],
    ['no option that is not there', { status: { enum: ['up', 'gone'] } }, { status: 'cordoned' }, {}],
    ['trouble as a switch', { status: string, problemsOnly: { type: 'boolean' } }, { status: 'failing' }, { problemsOnly: true }],
    ['no number out of range', { gpus: { type: 'integer', maximum: 8 } }, { gpus: 16 }, {}],
    ['a pod by its name', { name: string }, { pod: 'api-0' }, { name: 'api-0' }],
  ])('%s', (_, properties, wants, expected) => {
    expect(build(properties, wants)).toEqual(expected)
  }) // biome-ignore format: a table reads better with one row a case
})

describe('time', () => {
  const hour = { sinceSeconds: 3600, stepSeconds: 60 }
  it.each<[string, Record<string, JsonSchema>, object]>([
    ['a span', { since: string, start: string, end: string }, { since: '1h' }],
    ['a range', { range: string, step: string }, { range: '1h', step: '60s' }],
    ['minutes', { sinceMinutes: integer }, { sinceMinutes: 60 }],
    ['seconds', { range_seconds: integer, step: integer }, { range_seconds: 3600, step: 60 }],
    ['milliseconds', { rangeMs: integer, stepMs: integer }, { rangeMs: 3_600_000, stepMs: 60_000 }],
    [
      'texts',
      { start_time: { type: 'string', format: 'date-time' }, end_time: string },
      { start_time: '2026-11-20T11:00:00.000Z', end_time: '2026-11-20T12:00:00.000Z' },
    ],
    [
      'Unix seconds',
      { start: { type: 'number' }, end: { type: 'number' } },
      { start: NOW_MS / 1000 - 3600, end: NOW_MS / 1000 },
    ],
    ['Unix milliseconds', { startMs: integer, endMs: integer }, {}],
    [
      'milliseconds by the description',
      { start: { ...integer, description: 'epoch milliseconds' } },
      { start: NOW_MS - 3_600_000 },
    ],
  ])('as %s', (_, properties, expected) => {
    expect(build(properties, hour)).toEqual(expected)
  })

  it('is written as Prometheus does', () => {
    expect([15, 60, 90, 300, 3600, 5400, 86_400, 604_800].map(duration)).toEqual([
      '15s',
      '60s',
      '90s',
      '5m',
      '1h',
      '90m',
      '24h',
      '7d',
    ])
  })
})
