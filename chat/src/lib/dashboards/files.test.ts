import { expect, it } from 'vitest'
import { en } from '../words/en/index.ts'
import { fileOf, readFile } from './files.ts'
import { homeDashboard } from './home.ts'

it('a dashboard that is exported and imported is the same; anything else is none', () => {
  const home = homeDashboard(en.dashboards)
  expect(readFile(JSON.stringify(fileOf(home)))).toEqual({ title: home.title, cards: home.cards })
  for (const text of ['', '{}', '[]', 'null', '{"kind":"quartermaster-dashboard","version":2,"title":"a","cards":[]}'])
    expect(readFile(text), text).toBeUndefined()
})
