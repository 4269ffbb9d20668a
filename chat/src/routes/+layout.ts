import { loadWords } from '#lib/words/index.ts'
import type { LayoutLoad } from './$types'

/** The texts are code and not data: both sides load them by themselves. */
export const load: LayoutLoad = async ({ data }) => ({ ...data, words: await loadWords(data.language) })
