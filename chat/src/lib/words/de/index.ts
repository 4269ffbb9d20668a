import type { Words } from '../index.ts'
import { approvals } from './approvals.ts'
import { cards } from './cards.ts'
import { composer } from './composer.ts'
import { conversations } from './conversations.ts'
import { dashboards } from './dashboards.ts'
import { home } from './home.ts'
import { kinds } from './kinds.ts'
import { models } from './models.ts'
import { notify } from './notify.ts'
import { page } from './page.ts'
import { pages-alerts } from './pages-alerts.ts'
import { pages-deploy } from './pages-deploy.ts'
import { pages-deployments } from './pages-deployments.ts'
import { pages-fleet } from './pages-fleet.ts'
import { pages-gpus } from './pages-gpus.ts'
import { pages-models } from './pages-models.ts'
import { palette } from './palette.ts'
import { personas } from './personas.ts'
import { runs } from './runs.ts'
import { settings } from './settings.ts'
import { share } from './share.ts'
import { shell } from './shell.ts'
import { shortcuts } from './shortcuts.ts'
import { thread } from './thread.ts'
import { ui } from './ui.ts'

export const de: Words = {
  approvals,
  cards,
  composer,
  conversations,
  dashboards,
  home,
  kinds,
  models,
  notify,
  page,
  pages-alerts,
  pages-deploy,
  pages-deployments,
  pages-fleet,
  pages-gpus,
  pages-models,
  palette,
  personas,
  runs,
  settings,
  share,
  shell,
  shortcuts,
  thread,
  ui,
}
