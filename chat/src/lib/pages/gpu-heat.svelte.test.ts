import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import axe from 'axe-core'
import { afterEach, describe, expect, it } from 'vitest'
import { heatOf, loadOf } from './gpu-cells.ts'
import GpuHeatMap from './gpu-heat-map.svelte'
import type { GpuRow } from './gpu-list.ts'

afterEach(cleanup)

const row = (part: Partial<GpuRow>): GpuRow => ({
  ...{ id: `${part.cluster ?? 'gpu-east'}/${part.node ?? 'n1'}/${part.gpu}`, cluster: 'gpu-east', node: 'n1' },
  ...{ model: 'NVIDIA H100', gpus: 1, state: 'healthy', stateTone: 'good' as const },
  ...part,
})
const rows = [
  row({ cluster: 'gpu-west', node: 'w1', gpu: '0', utilizationPercent: 97 }),
  row({ node: 'n2', gpu: '0', utilizationPercent: 12, state: 'XID 79', stateTone: 'bad' }),
  row({ gpu: '1', utilizationPercent: 60 }),
  row({ gpu: '0', utilizationPercent: 0 }),
  row({ node: 'n3', gpus: 2, gpu: undefined, state: 'not measured', stateTone: 'warn' }),
]

describe('UIX-014: the load of every GPU', () => {
  it('has a word for every load', () => {
    expect([undefined, -1, Number.NaN, 0, 12, 60, 85, 86].map(loadOf)).toEqual([
      'unknown',
      'unknown',
      'unknown',
      'idle',
      'light',
      'busy',
      'busy',
      'high',
    ])
  })

  it('keeps the place of a GPU while loads change, and draws those of a silent node as not measured', () => {
    const ids = (given: GpuRow[]) =>
      heatOf(given, 100).clusters.flatMap(({ nodes }) => nodes.flatMap(({ cells }) => cells.map(({ id }) => id)))
    expect(ids(rows)).toHaveLength(6)
    expect(ids([...rows].reverse())).toEqual(ids(rows))
    expect(heatOf(rows, 100).clusters.map(({ name, mean, count }) => [name, mean, count])).toEqual([
      ['gpu-east', 24, 5],
      ['gpu-west', 97, 1],
    ])
    expect(heatOf(rows, 4).left).toBe(2)
  })

  it('says each in words and numbers, never by colour alone, and leads to its node', () => {
    render(GpuHeatMap, { rows })
    const high = screen.getByRole('link', { name: 'GPU 0 of w1 in gpu-west, H100: 97 %, near its limit, healthy' })
    expect(high.getAttribute('href')).toBe('/gpus/gpu-west/w1')
    expect(high.textContent).toBe('97')
    expect(screen.getByRole('link', { name: /^GPU 0 of n2 .*12 %, light load, XID 79$/ }).textContent).toBe('12!')
    expect(screen.getAllByRole('link', { name: /^GPU of n3 .*: not measured/ }).map((one) => one.textContent)).toEqual([
      '–',
      '–',
    ])
  })

  it('is one stop for Tab; arrows walk by GPU and by node, and what is focused is told', async () => {
    const { container } = render(GpuHeatMap, { rows })
    const links = screen.getAllByRole('link')
    expect(links.filter(({ tabIndex }) => tabIndex === 0)).toHaveLength(1)
    links[0]!.focus()
    await fireEvent.keyDown(links[0]!, { key: 'ArrowRight' })
    expect(document.activeElement?.getAttribute('aria-label')).toMatch(/^GPU 1 of n1/)
    await fireEvent.keyDown(document.activeElement!, { key: 'ArrowDown' })
    expect(document.activeElement?.getAttribute('aria-label')).toMatch(/^GPU 0 of n2/)
    expect(container.querySelector('.told')?.textContent).toContain('GPU 0 of n2')
    await fireEvent.keyDown(document.activeElement!, { key: 'ArrowUp' })
    expect(document.activeElement?.getAttribute('aria-label')).toMatch(/^GPU 0 of n1/)
    await fireEvent.keyDown(document.activeElement!, { key: 'End' })
    expect(document.activeElement?.getAttribute('aria-label')).toMatch(/^GPU 0 of w1/)
  })

  it('is a table as well, and neither has faults', async () => {
    const { container } = render(GpuHeatMap, { rows })
    const faults = async () =>
      (await axe.run(container, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } }))
        .violations
    expect(await faults()).toEqual([])
    await fireEvent.click(screen.getByRole('button', { name: 'Show as table' }))
    expect(screen.getAllByRole('row')).toHaveLength(7)
    expect(screen.getByRole('rowheader', { name: 'GPU 1' }).closest('tr')?.textContent).toContain('60 %, busy')
    expect(await faults()).toEqual([])
  })
})
