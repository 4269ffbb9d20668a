import { share as de } from './de/share.ts'
import { share as en } from './en/share.ts'
import { useWords } from './index.ts'

/** These texts come with what says them, in both languages, and not with every page. */
export const useShareWords = () => ({ en, de })[useWords().language]
