import { domains } from '#tools/index.ts'
import { visibleCharacters } from '../mcp-server/registry.ts'
import { fullRegistry, personaCosts } from '../mcp-server/surface.ts'
import { atMost, type Figure, type Measure } from './measure.ts'

export const toolList: Measure = {
  id: 'tool-list',
  title: 'tools/list: what a model reads before it does anything',
  async run() {
    const costs = personaCosts(domains)
    const standard = costs.find(({ persona }) => persona === 'default')
    if (!standard) throw new Error('there is no default persona')
    const all = fullRegistry(domains)
      .registry.all()
      .map((entry) => ({ name: entry.tool.name, characters: visibleCharacters(entry) }))
      .sort((a, b) => b.characters - a.characters)
    const figures: Figure[] = [
      { name: 'tools of the default persona', value: standard.tools, target: atMost(24) },
      {
        name: 'name, description and input schema of the default persona',
        value: standard.characters,
        unit: 'characters',
        target: atMost(14_000),
      },
      { name: 'all tools', value: all.length },
      {
        name: 'all tools together',
        value: all.reduce((sum, { characters }) => sum + characters, 0),
        unit: 'characters',
      },
      {
        name: 'the five largest',
        value: all
          .slice(0, 5)
          .map(({ name, characters }) => `${name} ${characters}`)
          .join(', '),
      },
    ]
    for (const { persona, tools, characters } of costs) {
      if (persona !== 'default')
        figures.push({ name: `persona ${persona}`, value: `${tools} tools, ${characters} characters` })
    }
    for (const { name, characters } of all)
      figures.push({ name: `tool ${name}`, value: characters, unit: 'characters' })
    return figures
  },
}
