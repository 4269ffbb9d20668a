import { settings as de } from './de/settings.ts'
import { settings as en } from './en/settings.ts'
import { useWords } from './index.ts'

/** These texts come with what says them, in both languages, and not with every page. */
export const useSettingsWords = () => ({ en, de })[useWords().language]
