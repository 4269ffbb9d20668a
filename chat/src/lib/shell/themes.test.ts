import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('../../themes.css', import.meta.url), 'utf8')

/** The colours of the block that follows `start`. */
function tokens(start: string): Record<string, string> {
  const from = css.indexOf(start)
  if (from < 0) throw new Error(`no ${start}`)
  const block = css.slice(from, css.indexOf('}', from))
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour]),
  )
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const ratio = (one: string, other: string) => {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

const light = tokens(':root {')
const dark = tokens(':root[data-theme="dark"]')
const contrast = tokens(':root[data-theme="contrast"]')
const contrastDark = tokens('@media (prefers-color-scheme: dark) {\n  :root[data-theme="contrast"]')

const grounds = ['primary', 'secondary', 'tertiary'].map((one) => `color-background-${one}`)
const texts = ['primary', 'secondary', 'tertiary', 'accent', 'danger', 'warning', 'success'].map(
  (one) => `color-text-${one}`,
)

describe('the themes', () => {
  it.each([
    ['light', light, 4.5],
    ['dark', dark, 4.5],
    ['contrast on white', contrast, 7],
    ['contrast on black', contrastDark, 7],
  ] as const)('UIX-005 %s: every text stands out from every ground', (_, theme, least) => {
    for (const text of texts)
      for (const ground of grounds)
        expect(ratio(theme[text]!, theme[ground]!), `${text} on ${ground}`).toBeGreaterThanOrEqual(least)
    expect(ratio(theme['color-text-inverse']!, theme['color-accent']!)).toBeGreaterThanOrEqual(least)
  })

  it('UIX-009 states stand out as shapes (3:1) in every theme', () => {
    for (const theme of [light, dark, contrast, contrastDark])
      for (const state of ['good', 'warn', 'bad', 'busy', 'neutral'])
        expect(ratio(theme[`color-${state}`]!, theme['color-background-secondary']!), state).toBeGreaterThanOrEqual(3)
  })

  it('UIX-008 every theme says every colour, also where the system chooses it', () => {
    const names = Object.keys(light).sort()
    for (const theme of [dark, contrast, contrastDark]) expect(Object.keys(theme).sort()).toEqual(names)
    const auto = tokens(':root:not([data-theme])')
    expect(auto).toEqual(dark)
    const media = css.lastIndexOf('(prefers-contrast: more)')
    expect(css.slice(media)).toContain(Object.values(contrastDark).at(0))
  })
})
