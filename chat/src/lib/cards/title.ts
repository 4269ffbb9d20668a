import type { Answer } from '#contract'
import type { Words } from '../words/index.ts'
import { approvalOf } from './merge.ts'

/** What stands above a card. */
export const titleOf = (answer: Answer, words: Words['cards']): string =>
  approvalOf(answer)?.title ||
  (typeof answer.data?.title === 'string' && answer.data.title) ||
  answer.empty?.title ||
  (answer.error ? words.failed : answer.card)

/** Clusters that did not answer, with the reason. */
export const silentOf = (answer: Answer): string[] =>
  (answer.clusters ?? [])
    .filter(({ status }) => status !== 'success')
    .map(({ cluster, status, error }) => `${cluster} (${error ?? status})`)
