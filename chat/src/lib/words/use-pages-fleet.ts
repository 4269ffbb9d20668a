import { pagesFleet as de } from './de/pages-fleet.ts'
import { pagesFleet as en } from './en/pages-fleet.ts'
import { useWords } from './index.ts'

/** These texts come with what says them, in both languages, and not with every page. */
export const usePagesFleetWords = () => ({ en, de })[useWords().language]
