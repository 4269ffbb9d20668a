import type uPlot from 'uplot'
import type { CardData, Tone } from '#contract'
import type { Change } from './chart-changes.ts'

export type Threshold = NonNullable<CardData['time-series']['thresholds']>[number]
export type Marker = NonNullable<CardData['time-series']['markers']>[number]

const toneColour = (tone: Tone | undefined) =>
  tone === 'bad' ? '--color-bad' : tone === 'good' ? '--color-good' : '--color-warn'

/** Draws thresholds across the chart and markers down it, each with its word, and changes on its time axis, each with its number. */
export function drawMarks(
  plot: uPlot,
  marks: {
    thresholds: readonly Threshold[]
    markers: readonly Marker[]
    changes: readonly Change[]
    css: (name: string) => string
  },
): void {
  const { ctx, bbox } = plot
  const { thresholds, markers, changes, css } = marks
  const pixel = devicePixelRatio || 1
  ctx.save()
  ctx.lineWidth = pixel
  ctx.font = `${11 * pixel}px ${css('--font-sans')}`
  ctx.setLineDash([6 * pixel, 4 * pixel])
  for (const { value, label, tone } of thresholds) {
    const y = Math.round(plot.valToPos(value, 'y', true))
    if (y < bbox.top || y > bbox.top + bbox.height) continue
    ctx.strokeStyle = ctx.fillStyle = css(toneColour(tone))
    line(ctx, [bbox.left, y, bbox.left + bbox.width, y])
    ctx.textAlign = 'right'
    ctx.fillText(label, bbox.left + bbox.width - 4 * pixel, y - 4 * pixel)
  }
  ctx.setLineDash([2 * pixel, 3 * pixel])
  ctx.textAlign = 'left'
  for (const { at, label, tone } of markers) {
    const x = Math.round(plot.valToPos(at, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.strokeStyle = ctx.fillStyle = tone ? css(toneColour(tone)) : css('--color-text-secondary')
    line(ctx, [x, bbox.top, x, bbox.top + bbox.height])
    ctx.fillText(cut(label), Math.min(x + 4 * pixel, bbox.left + bbox.width - 80 * pixel), bbox.top + 12 * pixel)
  }
  ctx.setLineDash([])
  ctx.textAlign = 'center'
  ctx.strokeStyle = ctx.fillStyle = css('--color-text-primary')
  const foot = bbox.top + bbox.height
  for (const { at, number } of changes) {
    const x = Math.round(plot.valToPos(at, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    triangle(ctx, [x, foot], 6 * pixel)
    ctx.fillText(String(number), x, foot - 9 * pixel)
  }
  ctx.restore()
}

const cut = (label: string) => (label.length > 28 ? `${label.slice(0, 27)}…` : label)

function line(ctx: CanvasRenderingContext2D, [fromX, fromY, toX, toY]: [number, number, number, number]) {
  ctx.beginPath()
  ctx.moveTo(fromX, fromY)
  ctx.lineTo(toX, toY)
  ctx.stroke()
}

/** Stands on the axis, its point up */
function triangle(ctx: CanvasRenderingContext2D, [x, foot]: [number, number], size: number) {
  ctx.beginPath()
  ctx.moveTo(x - size * 0.8, foot)
  ctx.lineTo(x + size * 0.8, foot)
  ctx.lineTo(x, foot - size)
  ctx.closePath()
  ctx.fill()
}
