import { getContext, setContext } from 'svelte'
import { en } from './en/index.ts'

/** Every text of the pages, by area. English gives the shape; another language that lacks one does not compile. */
export type Words = typeof en

export const languages = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof languages

export const isLanguage = (value: unknown): value is Language => typeof value === 'string' && value in languages

/** Other languages than English are loaded when they are chosen. */
export const loadWords = async (language: Language): Promise<Words> =>
  language === 'de' ? (await import('./de/index.ts')).de : en

const key = Symbol('words')
export const provideWords = (words: Words) => setContext(key, words)

/** The texts of the chosen language. A component outside a page (a test) gets English. */
export const useWords = (): Words => getContext<Words | undefined>(key) ?? en
