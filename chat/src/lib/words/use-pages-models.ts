import { pagesModels as de } from './de/pages-models.ts'
import { pagesModels as en } from './en/pages-models.ts'
import { useWords } from './index.ts'

/** These texts come with what says them, in both languages, and not with every page. */
export const usePagesModelsWords = () => ({ en, de })[useWords().language]
