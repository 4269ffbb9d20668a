import type { Session } from '../types.ts'
import type { IconName } from '../ui/icons.ts'
import type { Words } from '../words/index.ts'
import { overlays } from './overlays.svelte.ts'

/** One entry of a conversation's menu. */
export interface SessionAction {
  id: string
  title: string
  icon: IconName
  danger?: boolean
  run(session: Session): void
}

/** What the list itself does with a conversation. */
export interface SessionHandlers {
  rename(session: Session): void
  pin(session: Session, pinned: boolean): void
  remove(session: Session): void
}

/** The menu of a conversation, top to bottom. */
export function sessionActions(
  session: Session,
  words: Words['conversations'],
  does: SessionHandlers,
): SessionAction[] {
  const pinned = session.pinned ?? false
  return [
    { id: 'rename', title: words.rename, icon: 'edit', run: does.rename },
    { id: 'pin', title: pinned ? words.unpin : words.pin, icon: 'pin', run: () => does.pin(session, !pinned) },
    { id: 'share', title: words.share, icon: 'link', run: ({ id, title }) => overlays.share({ id, title }) },
    { id: 'remove', title: words.remove, icon: 'trash', danger: true, run: does.remove },
  ]
}
