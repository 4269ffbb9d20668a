import { defineDomain } from '#define'
import { getCnfSummary } from './get-cnf-summary.tool.ts'
import { getCnfWorkloads } from './get-cnf-workloads.tool.ts'
import { getDpdkStats } from './get-dpdk-stats.tool.ts'
import { getPtpStatus } from './get-ptp-status.tool.ts'
import { getSriovStatus } from './get-sriov-status.tool.ts'

export const cnf = defineDomain({
  name: 'cnf',
  about: 'Network functions of the mobile network, precision time, SR-IOV and DPDK.',
  tools: [getCnfWorkloads, getPtpStatus, getDpdkStats, getSriovStatus, getCnfSummary],
})
