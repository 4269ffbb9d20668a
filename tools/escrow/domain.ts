import { defineDomain } from '#define'
import { checkEscrow } from './check-escrow.tool.ts'
import { listPendingEscrows } from './list-pending-escrows.tool.ts'

export const escrow = defineDomain({
  name: 'escrow',
  about: 'Money held for compute jobs, and how it moved',
  tools: [checkEscrow, listPendingEscrows],
})
