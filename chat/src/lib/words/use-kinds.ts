import { kinds as de } from './de/kinds.ts'
import { kinds as en } from './en/kinds.ts'
import { useWords } from './index.ts'

/** These texts come with what says them, in both languages, and not with every page. */
export const useKindsWords = () => ({ en, de })[useWords().language]
