import { pagesAlerts as de } from './de/pages-alerts.ts'
import { pagesAlerts as en } from './en/pages-alerts.ts'
import { useWords } from './index.ts'

/** These texts come with what says them, in both languages, and not with every page. */
export const usePagesAlertsWords = () => ({ en, de })[useWords().language]
