import { approvalOf } from '../cards/merge.ts'
import type { ShownCard } from './canvas.svelte.ts'

/** The page of one approval, or of a question that is asked again where the path is opened. */
export function cardHref({ answer, tool, input }: ShownCard): string | undefined {
  const approval = approvalOf(answer)
  if (approval) return `/approvals/${encodeURIComponent(approval.id)}`
  if (!tool) return undefined
  const query = new URLSearchParams({ tool })
  if (typeof input === 'object' && input !== null && Object.keys(input).length > 0)
    query.set('input', JSON.stringify(input))
  return `/card?${query}`
}
