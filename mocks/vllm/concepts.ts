/** What a question can be about. The names of tool arguments differ; these do not. */
export interface Wants {
  model?: string
  clusters?: string[]
  node?: string
  pod?: string
  namespace?: string
  container?: string
  job?: string
  deployment?: string
  rayCluster?: string
  provider?: string
  name?: string
  pool?: string
  labels?: string
  gpuModel?: string
  gpus?: number
  replicas?: number
  contextLength?: number
  workers?: number
  concurrency?: number
  headGpus?: number
  gpusPerWorker?: number
  minFreeGpus?: number
  maxPrice?: number
  limit?: number
  lines?: number
  previous?: boolean
  engine?: string
  /** Prefill and decode in one worker or apart */
  mode?: string
  /** What serves: an operator's kind, or a plain deployment */
  runtime?: string
  status?: string
  /** Only what is in trouble. Asked for by `status: 'failing'` where a tool has a switch for it. */
  problems?: boolean
  severity?: string
  query?: string
  logql?: string
  text?: string
  sinceSeconds?: number
  stepSeconds?: number
  tool?: string
  input?: Record<string, unknown>
  result?: string
  cursor?: string
}

export type Concept = keyof Wants

/**
 * The names that tools give to a concept, best first, compared without case, `_` and `-`. A dotted name is a property
 * inside an object (or inside the objects of a list).
 */
// biome-ignore format: a table reads better with one row a concept
export const SYNONYMS: Record<Exclude<Concept, 'sinceSeconds' | 'stepSeconds'>, string[]> = {
  model: ['model', 'modelid', 'modelname', 'modelref', 'hfmodel', 'repo', 'spec.model'],
  clusters: ['clusters', 'cluster', 'clusterids', 'clusterid', 'clusternames', 'clustername', 'targetcluster', 'scope.clusters', 'target.cluster'],
  node: ['node', 'nodename', 'nodes', 'host', 'hostname', 'name', 'id'],
  pod: ['pod', 'podname', 'pods', 'name'],
  contextLength: ['contextlength', 'context', 'maxmodellen'],
  namespace: ['namespace', 'namespaces', 'ns', 'target.namespace'],
  container: ['container', 'containername'],
  job: ['job', 'jobid', 'jobnumber', 'computejob', 'computejobid', 'id'],
  deployment: ['deployment', 'deploymentid', 'deploymentname', 'name', 'id'],
  rayCluster: ['raycluster', 'rayclustername', 'rayclusterid', 'name', 'id'],
  provider: ['provider', 'providerid', 'gpuprovider', 'id'],
  name: ['name', 'displayname'],
  pool: ['pool', 'nodepool', 'pools'],
  labels: ['labels', 'labelselector', 'label', 'selector'],
  gpuModel: ['gpumodel', 'gpumodels', 'gputype', 'gpu', 'accelerator', 'gpuproduct', 'fitson'],
  gpus: ['gpus', 'gpucount', 'gpusperreplica', 'gpuperreplica', 'numgpus', 'tensorparallelsize', 'resources.gpus', 'resources.gpu'],
  replicas: ['replicas', 'replicacount', 'minreplicas'],
  concurrency: ['concurrency', 'concurrent', 'parallel'],
  workers: ['workers', 'workercount', 'numworkers', 'workerreplicas', 'workers.count', 'workers.replicas', 'worker.count', 'worker.replicas', 'workergroups.replicas', 'workergroups.count'],
  headGpus: ['headgpus', 'headgpucount', 'head.gpus', 'head.gpu'],
  gpusPerWorker: ['gpusperworker', 'workergpus', 'gpuperworker', 'workers.gpus', 'worker.gpus', 'workergroups.gpus', 'workergroups.gpusperworker'],
  minFreeGpus: ['minfreegpus', 'freegpus', 'mingpusfree', 'minavailablegpus', 'availablegpus', 'minfree', 'hasfreegpus', 'onlyfree'],
  maxPrice: ['maxprice', 'maxpriceperhour', 'maxhourlyprice', 'pricemax'],
  limit: ['limit', 'maxresults', 'pagesize', 'top', 'shown'],
  lines: ['taillines', 'tail', 'lines', 'linecount', 'limit'],
  previous: ['previous', 'previouscontainer'],
  engine: ['engine', 'backend', 'framework', 'backendframework', 'runtime'],
  mode: ['mode', 'servingmode'],
  runtime: ['runtime'],
  status: ['status', 'statuses', 'state', 'states', 'phase', 'health', 'condition'],
  problems: ['problemsonly', 'onlyproblems', 'problems', 'onlyfailing', 'failingonly', 'failing', 'onlyunhealthy', 'unhealthyonly', 'unhealthy'],
  severity: ['severity', 'severities', 'minseverity', 'level'],
  query: ['query', 'promql', 'expr', 'expression', 'q', 'search', 'question'],
  logql: ['logql', 'query', 'expr'],
  text: ['text', 'contains', 'search', 'filter', 'match', 'q', 'keyword', 'pattern', 'query', 'name'],
  tool: ['name', 'tool', 'toolname'],
  input: ['input', 'arguments', 'args', 'params', 'parameters'],
  result: ['result', 'resultid', 'id'],
  cursor: ['cursor', 'pagetoken', 'offset'],
}

/** Names under which a tool takes a span of time in the past; the end of the name may give the unit. */
export const SPAN_NAMES = [
  'since',
  'range',
  'last',
  'lookback',
  'window',
  'timerange',
  'period',
  'duration',
  'past',
  'age',
]
export const SPAN_UNITS: Record<string, number> = {
  ms: 0.001,
  millis: 0.001,
  seconds: 1,
  secs: 1,
  sec: 1,
  s: 1,
  minutes: 60,
  mins: 60,
  min: 60,
  hours: 3600,
  days: 86_400,
}
export const START_NAMES = ['start', 'starttime', 'from', 'startat', 'begin']
export const END_NAMES = ['end', 'endtime', 'to', 'until', 'endat']
export const STEP_NAMES = ['step', 'resolution', 'interval', 'stepseconds', 'stepms', 'resolutionseconds']
