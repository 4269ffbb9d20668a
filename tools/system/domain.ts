import { defineDomain } from '#define'
import { awaitedEvents, chatEvents } from './awaited-events.ts'
import { cancelApproval } from './cancel-approval.tool.ts'
import { decideApproval } from './decide-approval.tool.ts'
import { getApproval } from './get-approval.tool.ts'
import { getAuditLog } from './get-audit-log.tool.ts'
import { getResult } from './get-result.tool.ts'
import { listApprovalGrants } from './list-approval-grants.tool.ts'
import { listApprovals } from './list-approvals.tool.ts'
import { revokeApprovalGrant } from './revoke-approval-grant.tool.ts'
import { rollBackApproval } from './roll-back-approval.tool.ts'
import { runTool } from './run-tool.tool.ts'
import { searchTools } from './search-tools.tool.ts'

export const system = defineDomain({
  name: 'system',
  about: 'Quartermaster itself: its tools, results, approvals and audit log',
  tools: [
    searchTools,
    runTool,
    getResult,
    listApprovals,
    getApproval,
    decideApproval,
    cancelApproval,
    rollBackApproval,
    listApprovalGrants,
    revokeApprovalGrant,
    getAuditLog,
  ],
  events: { ...awaitedEvents, ...chatEvents },
})
