import { approvals } from './approvals.ts'
import { cards } from './cards.ts'
import { composer } from './composer.ts'
import { conversations } from './conversations.ts'
import { home } from './home.ts'
import { models } from './models.ts'
import { notify } from './notify.ts'
import { personas } from './personas.ts'
import { runs } from './runs.ts'
import { shell } from './shell.ts'
import { shortcuts } from './shortcuts.ts'
import { thread } from './thread.ts'
import { ui } from './ui.ts'

/** What every page needs; the other areas come with those who say them. */
export const enPage = {
  language: 'en' as 'en' | 'de',
  /** How numbers and dates are written */
  locale: 'en-US',
  approvals,
  cards,
  composer,
  conversations,
  home,
  models,
  notify,
  personas,
  runs,
  shell,
  shortcuts,
  thread,
  ui,
}
