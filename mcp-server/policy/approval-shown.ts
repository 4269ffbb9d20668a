import type { ApprovalPayload } from '#contract'
import type { StoredGrant } from './approval-grants.ts'
import type { ApprovalParts } from './approval-policy.ts'
import { type ApprovalRow, approvalCard } from './approval-store.ts'
import { targetOf } from './approval-target.ts'
import { undoOf } from './approval-undo.ts'

/** Approvals as people are shown them: the card, and what a yes could reach. */
export function createShown({ grants, registry, pageUrl }: Pick<ApprovalParts, 'grants' | 'registry' | 'pageUrl'>) {
  const url = (id: string) => {
    const base = pageUrl()
    return base === undefined ? undefined : `${base}/approvals/${id}`
  }
  const toolOf = (row: ApprovalRow) => registry.all().find(({ tool }) => tool.name === row.tool)?.tool

  /** What a yes for an hour would cover; undefined where only this once is possible. */
  function coverable(row: ApprovalRow) {
    const tool = toolOf(row)
    const isAgents = row.actor.kind === 'agent' && row.conversation !== undefined
    return tool && isAgents && !row.needsSecond && row.rollsBack === undefined ? targetOf(tool, row) : undefined
  }

  function card(row: ApprovalRow, grant?: StoredGrant): ApprovalPayload {
    const target = row.state === 'pending' ? coverable(row)?.words : undefined
    return {
      ...approvalCard(row, url(row.id)),
      ...(target !== undefined && { target }),
      ...(undoOf(row, toolOf(row)) && { canRollBack: true }),
      ...(grant && { grant: grantCard(grant) }),
    }
  }
  const fullCard = async (row: ApprovalRow) => card(row, await grants.givenWith(row.id))

  return { card, fullCard, coverable, toolOf, url }
}

const grantCard = ({ id, target, expiresAt, revokedAt }: StoredGrant) => ({
  id,
  target,
  until: expiresAt.toISOString(),
  ...(revokedAt && { revokedAt: revokedAt.toISOString() }),
})
