import { pagesGpus as de } from './de/pages-gpus.ts'
import { pagesGpus as en } from './en/pages-gpus.ts'
import { useWords } from './index.ts'

/** These texts come with what says them, in both languages, and not with every page. */
export const usePagesGpusWords = () => ({ en, de })[useWords().language]
