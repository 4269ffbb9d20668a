import { defineDomain } from '#define'
import { alertEvents } from './events.ts'
import { expireSilence } from './expire-silence.tool.ts'
import { followAlerts, pruneAlerts } from './follow.job.ts'
import { getAlert } from './get-alert.tool.ts'
import { getAlertHistory } from './get-alert-history.tool.ts'
import { listAlertGroups } from './list-alert-groups.tool.ts'
import { listAlerts } from './list-alerts.tool.ts'
import { listSilences } from './list-silences.tool.ts'
import { markAlertsRead } from './mark-alerts-read.tool.ts'
import { receiveAlerts } from './receive-alerts.tool.ts'
import { silenceAlert } from './silence-alert.tool.ts'

export const alerts = defineDomain({
  name: 'alerts',
  about: 'What the alerting rules of every cluster say now and said before, and who silenced what.',
  // a fixed path before one with a name in it: the first that fits answers
  tools: [
    listAlerts,
    getAlertHistory,
    getAlert,
    listAlertGroups,
    listSilences,
    silenceAlert,
    expireSilence,
    markAlertsRead,
    receiveAlerts,
  ],
  jobs: [followAlerts, pruneAlerts],
  events: alertEvents,
})
