import { live } from '../live/live.svelte.ts'
import { Asked, type Question } from './asked.svelte.ts'
import { type GpuRow, withRows } from './gpu-list.ts'

/** Every GPU the fleet tells of, read page by page and followed by its live events. Called while a component is made. */
export class GpuRows {
  rows = $state.raw<GpuRow[]>([])
  updatedAt = $state('')
  readonly asked: Asked

  /** @param wanted false as long as nobody looks */
  constructor(wanted: () => boolean = () => true) {
    const question = (): Question => ({ tool: 'get_gpu_nodes', input: { perGpu: true, limit: 200 }, whole: true })
    this.asked = new Asked(() => (wanted() ? question() : undefined))
    $effect(() => {
      const { answer } = this.asked
      if (!answer) return
      this.rows = (answer.data?.rows ?? []) as unknown as GpuRow[]
      this.updatedAt = answer.at
    })
    $effect(() => this.#follow())
  }

  /** Events of all nodes come together: they are drawn together. */
  #follow(): () => void {
    let waiting: unknown[] = []
    let frame = 0
    const leave = live.connection.subscribe('gpu/devices/*', ({ data, at }) => {
      const { answer } = this.asked
      if (!answer?.data || at < answer.at) return
      waiting.push(...(((data as { upsert?: unknown[] }).upsert ?? []) as unknown[]))
      this.updatedAt = at
      frame ||= requestAnimationFrame(() => {
        frame = 0
        this.rows = withRows(this.rows, waiting)
        waiting = []
      })
    })
    return () => {
      leave()
      cancelAnimationFrame(frame)
    }
  }
}
