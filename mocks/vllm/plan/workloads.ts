import type { Wants } from '../concepts.ts'
import { seenIn } from '../memory.ts'
import { logql } from './logql.ts'
import type { Rule, Scene, Step } from './rule.ts'

const FAILING =
  'fail|failing|failed|crash|crashing|crashed|crashloop|crashlooping|broken|unhealthy|restarting|restart|oom|oomkilled|killed|evicted|error|pending|stuck|down|not starting|not start|slow|wrong|problem|sick|dying|die'

export const workloadRules: Rule[] = [
  {
    id: 'why-pod',
    about: 'Why a pod fails: diagnose_pod, then its logs (of the run before, if it crashed).',
    example: 'Why is pod team-a/chat-frontend-7d9f8b6c5-x2x4k failing?',
    must: [
      'why|diagnose|debug|troubleshoot|investigate|explain|root cause|reason|cause|wrong with|what happened|look into|analyse|analyze|happening|matter with',
    ],
    when: ({ entities, has, text }) =>
      entities.pod !== undefined ||
      has('pod') ||
      (/\b(?:it|this|that)\b/i.test(text) && has(FAILING)) ||
      /^\W*(?:and |but )?why\W*$/i.test(text),
    weight: 10,
    first: (scene) => (askedPod(scene) === undefined ? failingPods(scene) : [diagnose(scene, podWants(scene))]),
    after: (scene) =>
      askedPod(scene) === undefined
        ? diagnoseFirst(scene)
        : [logs(scene, 'The diagnosis is there; its logs should show the cause.')],
  },
  {
    id: 'logs',
    about: 'Logs of a pod: get_pod_logs. Without a pod: query_logs or search_error_logs.',
    example: 'Show the logs of pod team-a/chat-frontend-7d9f8b6c5-x2x4k',
    must: ['log|stdout|stderr|output of|trace back|stack trace'],
    not: ['audit', 'login'],
    weight: 5,
    first: (scene) => {
      if (scene.needed('pod') !== undefined && !scene.question.has('cluster|fleet|all|every'))
        return [logs(scene, 'I read the logs of that pod.')]
      const { namespace, severity, sinceSeconds, limit } = scene.question.entities
      const canSearch = scene.toolbox.has('search_tools')
      if (!canSearch && !scene.toolbox.has('query_logs') && !scene.toolbox.has('search_error_logs')) {
        return { say: 'Of which pod? Ask for example "Show the logs of pod team-a/my-pod".' }
      }
      return [
        {
          tools: ['query_logs', 'search_error_logs'],
          wants: {
            logql: logql(scene.question),
            clusters: scene.said('clusters'),
            namespace,
            severity,
            sinceSeconds,
            limit,
          },
          because: 'I search the logs.',
        },
      ]
    },
  },
  {
    id: 'events',
    about: 'Kubernetes events of a pod, a node or a namespace: get_events.',
    example: 'Show the events in namespace team-a',
    must: ['event'],
    weight: 4,
    first: (scene) => [
      {
        tools: ['get_events'],
        wants: {
          clusters: scene.said('clusters'),
          namespace: scene.said('namespace'),
          pod: scene.said('pod'),
          node: scene.said('node'),
          sinceSeconds: scene.question.entities.sinceSeconds,
        },
        because: 'I read the events.',
      },
    ],
  },
  {
    id: 'traces',
    about: 'Traces: search_traces.',
    example: 'Show slow traces of the last hour',
    must: ['trace|span|tempo'],
    not: ['stack trace|trace back', 'log'],
    weight: 6,
    first: (scene) => [
      {
        tools: ['search_traces'],
        wants: {
          clusters: scene.said('clusters'),
          sinceSeconds: scene.question.entities.sinceSeconds,
          limit: scene.question.entities.limit,
        },
        because: 'I search the traces.',
      },
    ],
  },
  {
    id: 'wrong',
    about:
      'What is wrong: the firing alerts and the failing pods, side by side; with "why", the first failing pod is diagnosed.',
    example: 'What is wrong right now?',
    must: [
      'wrong|broken|problem|issue|trouble|failing|fail|failure|outage|on fire|unhealthy|attention|incident|going on|happening|happened|sick|bad',
    ],
    should: ['what|anything|something|any'],
    not: ['alert', 'pod', 'node', 'gpu', 'job', 'ray', 'log', 'error rate', 'deployment|model'],
    when: ({ entities }) => entities.pod === undefined,
    weight: 2,
    first: (scene) => [alerts(scene), ...failingPods(scene)],
    after: (scene) => (scene.question.has('why|cause|root cause|diagnose') ? diagnoseFirst(scene) : []),
  },
  {
    id: 'pods',
    about: 'Pods by cluster, namespace, node and state: list_pods, or what_is_failing for the failing ones.',
    example: 'Which pods are failing in gpu-east?',
    must: ['pod|container|workload'],
    not: ['log', 'event'],
    weight: 1,
    first: (scene) => {
      if (
        scene.question.has(FAILING) &&
        scene.question.entities.status !== 'pending' &&
        !scene.toolbox.has('list_pods')
      )
        return failingPods(scene)
      const { status, labels, limit } = scene.question.entities
      return [
        {
          tools: ['list_pods', 'list_resources'],
          wants: {
            clusters: scene.said('clusters'),
            namespace: scene.said('namespace'),
            node: scene.said('node'),
            status: status ?? (scene.question.has(FAILING) ? 'failing' : undefined),
            text: scene.said('pod'),
            labels,
            limit,
          },
          because: 'The question is about pods, so I list them.',
        },
      ]
    },
  },
  {
    id: 'alerts',
    about: 'Alerts by severity and cluster: list_alerts.',
    example: 'Which alerts are firing?',
    must: ['alert|alarm|pager|paging|firing|page'],
    not: ['silence', 'acknowledge', 'page of', 'next page'],
    weight: 6,
    first: (scene) => [alerts(scene)],
  },
]

function alerts(scene: Scene): Step {
  const { severity, status, namespace, limit } = scene.question.entities
  return {
    tools: ['list_alerts'],
    wants: {
      clusters: scene.said('clusters'),
      severity,
      namespace,
      limit,
      status: status === 'firing' || status === 'resolved' ? status : undefined,
    },
    because: 'I look at the alerts.',
  }
}

function failingPods(scene: Scene): Step[] {
  const wants = { clusters: scene.said('clusters'), namespace: scene.said('namespace') }
  const listed = scene.toolbox.has('list_pods') && !scene.toolbox.has('what_is_failing')
  return [
    {
      tools: listed ? ['list_pods'] : ['what_is_failing'],
      wants: listed ? { ...wants, status: 'failing' } : wants,
      because: 'I look for failing pods.',
    },
  ]
}

function diagnose({ toolbox }: Scene, wants: Wants): Step {
  const canSearch = toolbox.has('search_tools') && toolbox.has('run_tool')
  const others = canSearch ? [] : ['diagnose', 'get_events', 'get_pod_logs']
  return { tools: ['diagnose_pod', ...others], wants, because: 'I diagnose the pod first.' }
}

/** The first failing pod of the list that was just read. */
function diagnoseFirst(scene: Scene): Step[] {
  const { pod, namespace, clusters } = seenIn(
    scene.calls.filter(({ tool }) => tool === 'list_pods' || tool === 'what_is_failing'),
  )
  return pod === undefined ? [] : [diagnose(scene, { pod, namespace, clusters })]
}

/** The pod that is meant: named, pointed at, or the last one where the question is as short as "why?". */
function askedPod(scene: Scene): string | undefined {
  return scene.said('pod') ?? (scene.question.words.length <= 3 ? scene.focus.pod : undefined)
}

function logs(scene: Scene, because: string): Step {
  const { lines, sinceSeconds, container, previous } = scene.question.entities
  return { tools: ['get_pod_logs'], wants: { ...podWants(scene), lines, sinceSeconds, container, previous }, because }
}

function podWants(scene: Scene): Wants {
  return {
    pod: scene.needed('pod'),
    namespace: scene.question.entities.namespace ?? scene.focus.namespace,
    clusters: scene.question.entities.clusters ?? scene.focus.clusters,
  }
}
