import type { Command } from '../shell/commands.svelte.ts'
import type { PageWords } from '../words/index.ts'
import type { FleetChat } from './fleet-chat.svelte.ts'
import { textOf } from './parts.ts'

interface Hands {
  words: PageWords['thread']['commands']
  chat: FleetChat
  copy: (text: string) => unknown
  editLast: () => void
  move: (step: 1 | -1) => void
  toEnd: () => void
}

/** What the palette and the keys can do in an open conversation. */
export function threadCommands({ words, chat, copy, editLast, move, toEnd }: Hands): Command[] {
  const answer = () => chat.shown.findLast(({ role }) => role === 'assistant')
  return [
    {
      id: 'copy-answer',
      title: words.copyLast,
      group: 'conversation',
      run: () => {
        const last = answer()
        if (last) void copy(textOf(last))
      },
    },
    {
      id: 'answer-again',
      title: words.again,
      group: 'conversation',
      run: () => {
        const last = answer()
        if (last && !chat.busy) void chat.again(last.id)
      },
    },
    { id: 'edit-last', title: words.editLast, group: 'conversation', run: () => !chat.busy && editLast() },
    { id: 'next-turn', title: words.next, group: 'conversation', keys: 'j', run: () => move(1) },
    { id: 'previous-turn', title: words.previous, group: 'conversation', keys: 'k', run: () => move(-1) },
    { id: 'to-end', title: words.end, group: 'conversation', run: toEnd },
  ]
}
