import type { Rule } from './rule.ts'

const FUNCTIONS = 'vdu|vcu|du|cu|upf|amf|smf|nrf'

/** Radio sites and the 5G core: time, virtual functions, network functions. */
export const telcoRules: Rule[] = [
  {
    id: 'time',
    about: 'Whether clocks follow their master: get_ptp_status.',
    example: 'Are all radio nodes in time?',
    must: ['ptp|clock|in time|on time|in sync|synchronised|synchronized|time sync|holdover|freerun|grandmaster'],
    not: ['log', 'gpu', 'deadline'],
    weight: 4,
    first: ({ said }) => [
      {
        tools: ['get_ptp_status'],
        wants: { clusters: said('clusters'), node: said('node') },
        because: 'The question is about time, so I look at the PTP clocks.',
      },
    ],
  },
  {
    id: 'virtual-functions',
    about: 'SR-IOV ports and their virtual functions: get_sriov_status.',
    example: 'How many SR-IOV functions are configured?',
    must: ['sriov|sr iov|virtual function|vf'],
    weight: 6,
    first: ({ said }) => [
      {
        tools: ['get_sriov_status'],
        wants: { clusters: said('clusters'), node: said('node') },
        because: 'The question is about virtual functions of network cards.',
      },
    ],
  },
  {
    id: 'radio-site',
    about: 'A telco site in one look: get_cnf_summary, or its network functions.',
    example: 'How is the radio site?',
    must: [
      'radio site|ran site|cell site|telco|radio network|ran',
      'how|state|status|summary|summarise|look|overview|well|ok',
    ],
    not: ['ptp|clock|in time', 'sriov|sr iov|dpdk'],
    weight: 3,
    first: ({ said, toolbox }) => [
      {
        tools: ['get_cnf_summary', ...(toolbox.has('search_tools') ? [] : ['get_cnf_workloads'])],
        wants: { clusters: said('clusters') },
        because: 'I look at the whole site at once.',
      },
    ],
  },
  {
    id: 'network-functions',
    about: 'Network functions (DU, CU, UPF, AMF, SMF, NRF): get_cnf_workloads.',
    example: 'Which functions of the 5G core run?',
    must: [`cnf|network function|5g|core function|${FUNCTIONS}`],
    not: ['log', 'drop|dpdk', 'sriov|sr iov|virtual function', 'alert'],
    weight: 3,
    first: ({ said }) => [
      {
        tools: ['get_cnf_workloads'],
        wants: { clusters: said('clusters') },
        because: 'The question is about network functions.',
      },
    ],
  },
]
