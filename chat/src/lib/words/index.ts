import { getContext, setContext } from 'svelte'
import type { en } from './en/index.ts'
import { enPage } from './en/page.ts'

/** Every text of the pages, by area. English gives the shape; another language that lacks one does not compile. */
export type Words = typeof en
/** The areas that are there on every page */
export type PageWords = typeof enPage

export const languages = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof languages

export const isLanguage = (value: unknown): value is Language => typeof value === 'string' && value in languages

/** Other languages than English are loaded when they are chosen. */
export const loadWords = async (language: Language): Promise<PageWords> =>
  language === 'de' ? (await import('./de/page.ts')).dePage : enPage

const key = Symbol('words')
export const provideWords = (words: PageWords) => setContext(key, words)

/** The texts of the chosen language. A component outside a page (a test) gets English. */
export const useWords = (): PageWords => getContext<PageWords | undefined>(key) ?? enPage
