import { describe, expect, it } from 'vitest'
import { dePage as de } from '../words/de/page.ts'
import { enPage as en } from '../words/en/page.ts'
import { formatBytes, formatMoney, formatNumber, formatTime, formatUnit, metricValue } from './format.ts'

describe('UIX figures and times in the language of the page', () => {
  const now = Date.parse('2026-11-20T12:00:00Z')
  const said = (locale: string) => [
    formatNumber(12_345, locale),
    formatNumber(0.25, locale),
    formatBytes(1_610_612_736, locale),
    metricValue(2_350, 'ms', locale),
    formatUnit(0.125, 'ratio', locale),
    formatMoney({ amount: 125_050, currency: 'usd-cent' }, locale),
  ]

  it('English', () => {
    expect(said(en.locale)).toEqual(['12,345', '0.25', '1.5 GiB', '2.35 s', '12.5 %', '$1,250.50'])
    expect(formatTime('2026-10-03T12:00:00Z', now, en.locale)).toMatch(/^Oct 3, \d\d:00$/)
  })

  it('German', () => {
    expect(said(de.locale)).toEqual(['12.345', '0,25', '1,5 GiB', '2,35 s', '12,5 %', '$1.250,50'])
    expect(formatTime('2026-10-03T12:00:00Z', now, de.locale)).toMatch(/^3\. Okt\., \d\d:00$/)
  })
})
