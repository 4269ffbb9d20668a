import { pagesDeployments as de } from './de/pages-deployments.ts'
import { pagesDeployments as en } from './en/pages-deployments.ts'
import { useWords } from './index.ts'

/** These texts come with what says them, in both languages, and not with every page. */
export const usePagesDeploymentsWords = () => ({ en, de })[useWords().language]
