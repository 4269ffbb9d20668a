import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { preferences } from '#db/schema/chat-pages.ts'
import { testDatabase } from '#db/testing.ts'
import { defaultPreferences, lookOf } from '../shell/preferences.ts'
import { preferenceStore, preferencesBody } from './preferences.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const of = (owner: string) => preferenceStore({ db: async () => database.db, owner, now: () => new Date() })

describe('preferences', () => {
  it('UIX-020 are the defaults until something is chosen, and each person has their own', async () => {
    expect(await of('ada').read()).toEqual(defaultPreferences)
    await of('ada').change({ theme: 'contrast', notify: { alert: false } })
    expect(await of('ada').read()).toEqual({
      ...defaultPreferences,
      theme: 'contrast',
      notify: { ...defaultPreferences.notify, alert: false },
    })
    expect(await of('bob').read()).toEqual(defaultPreferences)
  })

  it('two changes at once both hold', async () => {
    await Promise.all([
      of('eve').change({ density: 'compact' }),
      of('eve').change({ textOnly: true }),
      of('eve').change({ shortcuts: { palette: 'mod+p' } }),
      of('eve').change({ shortcuts: { rail: '' } }),
    ])
    expect(await of('eve').read()).toMatchObject({
      density: 'compact',
      textOnly: true,
      shortcuts: { palette: 'mod+p', rail: '' },
    })
    expect((await of('eve').change({ shortcuts: { palette: null } })).shortcuts).toEqual({ rail: '' })
  })

  it('what an older or newer version stored, and this one does not know, takes its default', async () => {
    await database.db
      .insert(preferences)
      .values({ owner: 'old', value: { theme: 'sepia', density: 'compact', extra: 1 }, updatedAt: new Date() })
    expect(await of('old').read()).toEqual({ ...defaultPreferences, density: 'compact' })
  })

  it('refuses what is no preference', () => {
    const refused = [
      { theme: 'sepia' },
      { language: 'xx' },
      { canvasWidth: 10 },
      { shortcuts: { palette: '<script>' } },
      { shortcuts: { 'a"b': 'g' } },
      { colour: 'red' },
    ]
    for (const body of refused) expect(preferencesBody.safeParse(body).success, JSON.stringify(body)).toBe(false)
    expect(preferencesBody.safeParse({ notify: { alert: false }, shortcuts: { 'go-fleet': 'g h' } }).success).toBe(true)
  })

  it('UIX-008 the page says them in its first byte', () => {
    expect(lookOf(defaultPreferences)).toEqual({})
    expect(lookOf({ ...defaultPreferences, theme: 'dark', density: 'compact', railCollapsed: true })).toEqual({
      'data-theme': 'dark',
      'data-density': 'compact',
      'data-rail': 'closed',
    })
  })
})
