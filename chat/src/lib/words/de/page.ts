import type { PageWords } from '../index.ts'
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

export const dePage: PageWords = {
  language: 'de',
  locale: 'de-DE',
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
