import { notices as de } from './de/notices.ts'
import { notices as en } from './en/notices.ts'
import type { Language } from './index.ts'

/** What the server says into answers, in the language of a person; of one whose language is not known in English. */
export const noticesIn = (language: Language | undefined) => ({ en, de })[language ?? 'en']
