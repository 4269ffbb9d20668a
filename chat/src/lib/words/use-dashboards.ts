import { dashboards as de } from './de/dashboards.ts'
import { dashboards as en } from './en/dashboards.ts'
import { useWords } from './index.ts'

/** These texts come with what says them, in both languages, and not with every page. */
export const useDashboardsWords = () => ({ en, de })[useWords().language]
