import { goto } from '$app/navigation'
import { canvas } from '../canvas/canvas.svelte.ts'
import type { Words } from '../words/index.ts'
import type { Command } from './commands.svelte.ts'
import { places } from './places.ts'
import { preferences } from './preferences.svelte.ts'
import { themes } from './preferences.ts'

export interface ShellHands {
  palette(): void
  sheet(): void
  inbox(): void
  rail(): void
}

const composer = () => document.querySelector<HTMLTextAreaElement>('#main form textarea')

/** What can be done on every page. */
export const shellCommands = (words: Words['shell'], hands: ShellHands): Command[] => [
  { id: 'palette', title: words.openPalette, group: 'view', keys: 'mod+k', run: hands.palette },
  { id: 'shortcuts', title: words.showShortcuts, group: 'view', keys: '?', run: hands.sheet },
  { id: 'inbox', title: words.openInbox, group: 'view', keys: 'g n', run: hands.inbox },
  { id: 'rail', title: words.toggleRail, group: 'view', keys: 'mod+b', run: hands.rail },
  {
    id: 'canvas',
    title: words.toggleCanvas,
    group: 'view',
    keys: 'mod+.',
    run: () => (canvas.card ? canvas.close() : canvas.again()),
  },
  {
    id: 'new-chat',
    title: words.newChat,
    group: 'conversation',
    keys: 'mod+shift+o',
    run: () => void goto('/').then(() => composer()?.focus()),
  },
  {
    id: 'composer',
    title: words.toComposer,
    group: 'conversation',
    keys: '/',
    run: () => {
      const box = composer()
      if (box) box.focus()
      else void goto('/').then(() => composer()?.focus())
    },
  },
  ...places.map(
    ({ id, path, keys }): Command => ({
      id: `go-${id}`,
      title: words.places[id],
      group: 'go',
      ...(keys && { keys }),
      run: () => void goto(path),
    }),
  ),
  ...themes.map(
    (theme): Command => ({
      id: `theme-${theme}`,
      title: words.useTheme(words.themes[theme]),
      group: 'view',
      words: 'theme dark light contrast',
      run: () => preferences.set({ theme }),
    }),
  ),
  {
    id: 'density',
    title: words.toggleDensity,
    group: 'view',
    words: 'compact comfortable',
    run: () => preferences.set({ density: preferences.value.density === 'compact' ? 'comfortable' : 'compact' }),
  },
  {
    id: 'text-only',
    title: words.toggleTextOnly,
    group: 'view',
    words: 'cards text plain',
    run: () => preferences.set({ textOnly: !preferences.value.textOnly }),
  },
]
