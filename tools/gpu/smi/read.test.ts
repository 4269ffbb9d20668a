import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { ExecQuery, ExecResult } from '../../clients/kubernetes/types.ts'
import { kubernetesOf } from '../../testing-upstreams.ts'
import { fewColumns } from './commands.ts'
import { readSmi } from './read.ts'
import { csvGpu, csvLine, failures, newXml, uuidOf } from './testing.ts'

type Answer = Partial<ExecResult> | Error
const options = { whole: false, signal: new AbortController().signal, timeoutMs: 1000 }
const pods = [
  { namespace: 'gpu-operator', pod: 'driver' },
  { namespace: 'gpu-operator', pod: 'plugin' },
]

/** A node whose pods answer so; what was run is kept. */
function node(answer: (kind: 'all' | 'few' | 'apps' | 'xml', pod: string) => Answer) {
  const ran: string[] = []
  const exec = async ({ command, pod }: ExecQuery): Promise<ExecResult> => {
    const text = command.join(' ')
    const columns = /--query-gpu=(\S+)/.exec(text)?.[1]?.split(',')
    const kind = text.includes('-x')
      ? 'xml'
      : text.includes('compute-apps')
        ? 'apps'
        : columns!.length > fewColumns.length
          ? 'all'
          : 'few'
    ran.push(`${pod} ${kind}`)
    const given = answer(kind, pod)
    if (given instanceof Error) throw given
    return { exitCode: 0, stdout: '', stderr: '', ...given }
  }
  return { client: kubernetesOf({ cluster: 'east', exec }), ran }
}
const fail = (code: ConstructorParameters<typeof ToolError>[0]) => new ToolError(code, `no: ${code}`, { next: 'x' })

describe('readSmi (GPU-005)', () => {
  it('one call for the table', async () => {
    const { client, ran } = node(() => ({ stdout: `${csvGpu(0)}\n${csvGpu(1)}\n` }))
    expect((await readSmi(client, pods, options)).report).toMatchObject({
      driver: '580.95.05',
      gpus: [{ index: 0 }, { index: 1 }],
    })
    expect(ran).toEqual(['driver all'])
  })

  it('asks again with the thirteen columns when a field is unknown to the driver', async () => {
    const { client, ran } = node((kind) =>
      kind === 'all' ? { exitCode: 2, stdout: failures.field } : { stdout: csvLine({}, 'few') },
    )
    const { report, failure } = await readSmi(client, pods, options)
    expect(ran).toEqual(['driver all', 'driver few'])
    expect(failure).toBeUndefined()
    expect(report!.notes[0]).toContain('clocks_event_reasons.active')
    expect(report!.gpus[0]!.figures).toMatchObject({ memoryUsedMib: 74627 })
  })

  it('goes on to the next pod where one has no such program, and to no other after a refusal', async () => {
    const missing = node((_kind, pod) =>
      pod === 'driver' ? { exitCode: 127, stderr: 'not found' } : { stdout: csvGpu(0) },
    )
    expect((await readSmi(missing.client, pods, options)).report!.gpus).toHaveLength(1)
    const denied = node(() => fail('upstream-denied'))
    expect((await readSmi(denied.client, pods, options)).failure).toMatchObject({ kind: 'denied' })
    expect(denied.ran).toEqual(['driver all'])
  })

  it.each([
    ['upstream-timeout', 'timeout'],
    ['cluster-unreachable', 'unreachable'],
    ['upstream-garbage', 'other'],
  ] as const)('%s is an answer', async (code, kind) => {
    const { client } = node(() => fail(code))
    expect((await readSmi(client, pods, options)).failure).toMatchObject({ kind, said: `no: ${code}` })
  })

  it('says that no pod can be asked', async () =>
    expect((await readSmi(node(() => ({})).client, [], options)).failure?.kind).toBe('no-pod'))

  it('keeps the rows that were printed before a GPU was lost', async () => {
    const { client } = node(() => ({ exitCode: 15, stdout: `${csvGpu(0)}\n${failures.lost}` }))
    const { report, failure } = await readSmi(client, pods, options)
    expect([report!.gpus.length, failure!.kind]).toEqual([1, 'gpu-lost'])
  })

  it.each([
    ['nothing', { stdout: '' }],
    ['garbage', { stdout: 'Segmentation fault (core dumped)\n' }],
    ['rows that are all too short', { stdout: '0, GPU-x\n1, GPU-y\n' }],
  ])('%s is garbage, said', async (_, answer) =>
    expect((await readSmi(node(() => answer).client, pods, options)).failure?.kind).toBe('garbage'),
  )

  describe('the whole report', () => {
    const whole = { ...options, whole: true }
    it('is one call of XML', async () => {
      const { client, ran } = node(() => ({ stdout: newXml }))
      expect((await readSmi(client, pods, whole)).report!.processes).toHaveLength(3)
      expect(ran).toEqual(['driver xml'])
    })

    it('falls back to CSV where the XML cannot be read', async () => {
      const apps = `${uuidOf(0)}, 4242, python3, 70000`
      const { client, ran } = node((kind) => ({
        stdout: kind === 'xml' ? '<broken' : kind === 'apps' ? apps : csvGpu(0),
      }))
      const { report } = await readSmi(client, pods, whole)
      expect(ran).toEqual(['driver xml', 'driver all', 'driver apps'])
      expect(report!.processes).toMatchObject([{ pid: 4242, type: 'compute' }])
    })

    it('does not ask a driver that is not loaded three times', async () => {
      const { client, ran } = node(() => ({ exitCode: 9, stdout: failures.driver }))
      expect((await readSmi(client, pods, whole)).failure?.kind).toBe('driver-not-loaded')
      expect(ran).toEqual(['driver xml'])
    })
  })
})
