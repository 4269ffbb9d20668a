import { goto } from '$app/navigation'
import type { RunbookChoice, Session } from '../../types.ts'
import type { usePaletteWords } from '../../words/use-palette.ts'
import type { Command } from '../commands.svelte.ts'
import { keysOf } from '../shortcuts.svelte.ts'
import { type Entry, type GroupId, inScope, type Query, ranked } from './entries.ts'

/** What the page knows without asking anybody. */
export interface Near {
  words: ReturnType<typeof usePaletteWords>
  /** For a conversation without a title */
  untitled: string
  sessions: readonly Session[]
  approvals: readonly Entry[]
  runbooks: readonly RunbookChoice[]
  commands: readonly Command[]
  openRunbook(runbook: RunbookChoice): unknown
}

const groupOf: Record<Command['group'], GroupId> = { card: 'here', conversation: 'here', go: 'go', view: 'view' }
const icons: Record<Command['group'], Entry['icon']> = {
  card: 'model',
  conversation: 'edit',
  go: 'right',
  view: 'panel',
}
/** Parts of the settings, as their page names its sections */
const parts = ['look', 'notifications', 'push', 'shortcuts', 'mcp'] as const

/** Only when they are looked for: without words they would be most of the list */
const quiet: readonly GroupId[] = ['view', 'runbooks', 'settings']

export function nearEntries(near: Near): Entry[] {
  // The last one registered is nearest to the person
  const can = [...new Map(near.commands.filter(({ id }) => id !== 'palette').map((one) => [one.id, one])).values()]
  return [
    ...near.sessions.map(
      (session): Entry => ({
        id: `recent-${session.id}`,
        group: 'recent',
        icon: 'clock',
        title: session.title || near.untitled,
        run: () => void goto(`/c/${session.id}`),
      }),
    ),
    ...near.approvals,
    ...near.runbooks.map(
      (one): Entry => ({
        id: `runbook-${one.id}`,
        group: 'runbooks',
        icon: 'lines',
        title: one.title,
        detail: one.about,
        words: `${one.id} ${one.about}`,
        ...(one.arguments.length > 0 && { stays: true }),
        run: () => near.openRunbook(one),
      }),
    ),
    ...can.map(
      (one): Entry => ({
        id: one.id,
        group: groupOf[one.group],
        icon: icons[one.group],
        title: one.title,
        ...(one.words && { words: one.words }),
        ...(keysOf(one) && { keys: keysOf(one) }),
        run: () => one.run(),
      }),
    ),
    ...parts.map(
      (part): Entry => ({
        id: `settings-${part}`,
        group: 'settings',
        icon: 'gear',
        title: near.words.settings[part],
        words: near.words.settingsWords[part],
        run: () => void goto(`/settings#${part}`),
      }),
    ),
  ]
}

const recentShown = 5
const recentInScope = 30
const fitting = 12

/** Those of them that belong to what was typed: the best first, or in their order when nothing was. */
export function picked(entries: readonly Entry[], { scope, text }: Query): Entry[] {
  const near = entries.filter(({ group }) => inScope(group, scope))
  if (text !== '') return ranked(near, text, fitting)
  return [
    ...near.filter(({ group }) => group === 'recent').slice(0, scope === 'chats' ? recentInScope : recentShown),
    ...near.filter(({ group }) => group !== 'recent' && (scope !== undefined || !quiet.includes(group))),
  ]
}
