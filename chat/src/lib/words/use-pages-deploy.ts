import { pagesDeploy as de } from './de/pages-deploy.ts'
import { pagesDeploy as en } from './en/pages-deploy.ts'
import { useWords } from './index.ts'

/** These texts come with what says them, in both languages, and not with every page. */
export const usePagesDeployWords = () => ({ en, de })[useWords().language]
