import { palette as de } from './de/palette.ts'
import { palette as en } from './en/palette.ts'
import { useWords } from './index.ts'

/** These texts come with what says them, in both languages, and not with every page. */
export const usePaletteWords = () => ({ en, de })[useWords().language]
