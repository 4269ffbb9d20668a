import type { Words } from '../index.ts'
import { approvals } from './approvals.ts'
import { cards } from './cards.ts'
import { composer } from './composer.ts'
import { conversations } from './conversations.ts'
import { dashboards } from './dashboards.ts'
import { home } from './home.ts'
import { kinds } from './kinds.ts'
import { models } from './models.ts'
import { notices } from './notices.ts'
import { notify } from './notify.ts'
import { pagesAlerts } from './pages-alerts.ts'
import { pagesApprovals } from './pages-approvals.ts'
import { pagesDeploy } from './pages-deploy.ts'
import { pagesDeployments } from './pages-deployments.ts'
import { pagesFleet } from './pages-fleet.ts'
import { pagesGpus } from './pages-gpus.ts'
import { pagesModels } from './pages-models.ts'
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
  notices,
  notify,
  pagesAlerts,
  pagesApprovals,
  pagesDeploy,
  pagesDeployments,
  pagesFleet,
  pagesGpus,
  pagesModels,
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
