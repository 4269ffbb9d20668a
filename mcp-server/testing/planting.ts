import { base64, canary, fewWith, formNames, forms, numberOf, textWith } from './canaries.ts'

export type Json = Record<string, unknown>

const labelsWith = (place: string, from: string): Record<string, string> => ({
  api_key: canary(`${place}Key`),
  note: textWith(place, from),
})

const isObject = (value: unknown): value is Json => value !== null && typeof value === 'object' && !Array.isArray(value)

function each(value: unknown, act: (object: Json) => void): void {
  if (Array.isArray(value)) for (const item of value) each(item, act)
  else if (isObject(value)) act(value)
}

function plantInContainers(object: Json): void {
  for (const list of ['containers', 'initContainers', 'ephemeralContainers'])
    for (const container of (object[list] as Json[] | undefined) ?? []) {
      if (!isObject(container) || !('image' in container)) continue
      container.env = [
        ...((container.env as Json[] | undefined) ?? []),
        { name: 'DB_PASSWORD', value: canary('Env') },
        { name: 'GREETING', value: canary('EnvAny') },
        { name: 'OTHER_URL', value: `postgres://app:${canary('EnvUrl')}@db/x` },
      ]
      container.args = [
        ...((container.args as string[] | undefined) ?? []),
        '--password',
        canary('Arg'),
        `--api-key=${canary('ArgKey')}`,
      ]
      container.lifecycle = {
        preStop: { httpGet: { path: '/', httpHeaders: [{ name: 'Authorization', value: canary('Header') }] } },
        postStart: { exec: { command: ['sh', '-c', textWith('Command', String(container.name))] } },
      }
    }
}

/** What a served model says, whole, streamed or as plain completion; and what it was told not to say. */
function plantInChoices(choices: Json[], from: string): void {
  for (const choice of choices)
    for (const said of [choice.message, choice.delta, choice] as Json[])
      for (const key of ['content', 'text'])
        if (isObject(said) && typeof said[key] === 'string' && said[key] !== '')
          said[key] = `${fewWith('ModelText', from)} ${said[key]}`
}

function plantInObject(object: Json, near = ''): void {
  const metadata = object.metadata as { name?: string; annotations?: Json; labels?: Json } | undefined
  const name = isObject(metadata) && typeof metadata.name === 'string' ? metadata.name : near
  if (isObject(metadata)) {
    metadata.annotations = {
      ...metadata.annotations,
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: canary('LastApplied') }),
      'example.com/note': textWith('Annotation', name),
      'example.com/api-token': canary('AnnotationKey'),
    }
    if (metadata.labels) metadata.labels = { ...metadata.labels, 'example.com/api-key': canary('LabelKey') }
  }
  if (object.kind === 'Secret') {
    object.data = {
      ...(object.data as Json),
      extra: base64(canary('Secret')),
      DB_PASSWORD: base64(canary('SecretTwo')),
    }
    object.stringData = { plain: canary('SecretPlain') }
  }
  if (object.kind === 'ConfigMap')
    object.data = {
      ...(object.data as Json),
      DB_PASSWORD: canary('ConfigMap'),
      connection: `host=db user=app password=${canary('ConfigConnection')} dbname=x`,
      id_rsa: `-----BEGIN OPENSSH PRIVATE KEY-----\n${base64(canary('ConfigPem'))}\n-----END OPENSSH PRIVATE KEY-----\n`,
      'kubeconfig.yaml': `users:\n- name: a\n  user:\n    token: ${canary('ConfigKube')}\n    client-key-data: ${base64(canary('ConfigKubeKey'))}\n`,
      'app.yaml': `server:\n  dbPassword: ${canary('ConfigYaml')}\n  url: ${textWith('ConfigText', name)}\n`,
      '.env': `A=1\nDB_PASSWORD=${canary('ConfigEnv')}\nexport API_TOKEN="${canary('ConfigExport')}"\n`,
    }
  if (typeof object.message === 'string') {
    const text = textWith('Message', `${name}${object.reason ?? ''}`)
    object.message = numberOf(name) % 2 === 0 ? `${object.message} ${text}` : `${text} ${object.message}`
  }
  for (const [state, place] of [
    ['waiting', 'Waiting'],
    ['terminated', 'Terminated'],
  ] as const) {
    const held = object[state] as Json | undefined
    if (isObject(held) && typeof held.message !== 'string') held.message = textWith(place, name)
  }
  if (Array.isArray(object.envs)) object.envs.push({ name: 'HF_TOKEN', value: canary('GraphEnv') })
  if (Array.isArray(object.choices)) plantInChoices(object.choices, String(object.id ?? name))
  if (isObject(object.rayStartParams)) object.rayStartParams['redis-password'] = canary('RayStart')
  plantInContainers(object)
  for (const [key, member] of Object.entries(object))
    if (key !== 'managedFields') each(member, (inner) => plantInObject(inner, name))
}

/** Prometheus and Loki: labels, lines, rules, warnings. */
function plantInSeries(body: unknown): void {
  if (!isObject(body)) return
  const data = body.data as { result?: Json[]; groups?: unknown } | string[] | Json[] | undefined
  if (Array.isArray(data)) {
    if (data.every((one) => typeof one === 'string')) (data as string[]).push(...labelValues())
    else
      for (const [index, one] of (data as Json[]).entries())
        if (typeof one.pattern === 'string') one.pattern += ` ${fewWith('Pattern', String(index))}`
        else Object.assign(one, labelsWith('Series', String(index)))
    return
  }
  // each another one: what differs is what names a series; the same one for the same series in every answer
  for (const one of (data?.result ?? []) as Json[]) {
    const { __name__: _, quartermaster_statistic: __, ...labels } = (one.metric ?? one.stream ?? {}) as Json
    const from = JSON.stringify(labels)
    const place = 'ABCDE'[numberOf(from) % 5]
    if (isObject(one.metric)) Object.assign(one.metric, labelsWith(`Metric${place}`, from))
    if (!isObject(one.stream)) continue
    Object.assign(one.stream, labelsWith(`Stream${place}`, from))
    for (const entry of (one.values as [string, string][] | undefined) ?? []) entry[1] = lineWith(entry[1], entry[0])
  }
  plantInRules(data?.groups)
  // A metric's help text is its own entry of a record of lists
  if (isObject(data))
    for (const list of Object.values(data))
      if (Array.isArray(list))
        for (const one of list)
          if (isObject(one) && typeof one.help === 'string') one.help += ` ${fewWith('Help', String(one.type))}`
}

const labelValues = () => formNames.map((name) => forms[name]!(`LabelValue${name}`))

function plantInRules(value: unknown): void {
  each(value, (object) => {
    for (const key of ['annotations', 'labels'])
      if (isObject(object[key])) Object.assign(object[key], labelsWith('Rule', String(object.name ?? '')))
    for (const member of Object.values(object)) plantInRules(member)
  })
}

/** As text, as JSON, as logfmt; before or behind what the line said. */
function lineWith(line: string, from: string): string {
  const few = fewWith('Log', from)
  switch (numberOf(from) % 5) {
    case 0:
      return `${line} ${few}`
    case 1:
      return `${few} ${line}`
    case 2:
      return JSON.stringify({
        level: 'error',
        msg: `${line} ${few}`,
        password: canary('LogJsonField'),
        db: { dsn: forms.Dsn!('LogJsonDsn') },
      })
    case 3:
      return `level=error msg=${JSON.stringify(`${line} ${few}`)} api_key=${canary('LogFmt')}`
    default:
      return `${line} ${textWith('LogLong', from)}`
  }
}

function plantInAlerts(body: unknown): void {
  const plant = (alert: Json, index: number) => {
    const from = `${index}${JSON.stringify(alert.labels ?? {})}`
    if (isObject(alert.annotations))
      Object.assign(alert.annotations, {
        description: textWith('Alert', from),
        summary: `${alert.annotations.summary ?? ''} ${fewWith('AlertSummary', from)}`,
        token: canary('AlertKey'),
      })
    if (isObject(alert.labels)) Object.assign(alert.labels, labelsWith('AlertLabel', from))
    if (typeof alert.generatorURL === 'string') alert.generatorURL += `?access_token=${canary('Generator')}`
    if (typeof alert.comment === 'string') alert.comment += ` ${fewWith('Silence', String(alert.id))}`
    if (Array.isArray(alert.alerts)) for (const [n, one] of alert.alerts.entries()) if (isObject(one)) plant(one, n)
  }
  if (Array.isArray(body)) for (const [index, one] of body.entries()) if (isObject(one)) plant(one, index)
}

function plantInTraces(body: unknown): void {
  const told = (from: string): Json[] =>
    Object.entries({
      'http.request.header.authorization': `Bearer ${canary('SpanHeader')}`,
      'http.request.header.cookie': `session=${canary('SpanCookie')}`,
      'db.statement': `ALTER USER app WITH PASSWORD '${canary('SpanSql')}'`,
      'db.connection_string': forms.Dsn!('SpanDsn'),
      'server.address': fewWith('SpanAddress', from),
      'url.full': forms.Query!('SpanUrl'),
      api_key: canary('SpanKey'),
      note: textWith('Span', from),
    }).map(([key, stringValue]) => ({ key, value: { stringValue } }))
  each(body, (object) => {
    const from = String(object.spanId ?? object.spanID ?? object.traceID ?? object.name ?? '')
    if (Array.isArray(object.attributes)) object.attributes = [...told(from), ...object.attributes]
    else if (object.spanId !== undefined) object.attributes = told(from)
    if (Array.isArray(object.events))
      for (const one of object.events as Json[]) one.name = `${one.name} ${fewWith('SpanEvent', from)}`
    if (object.spanId !== undefined && numberOf(from) % 3 === 0) {
      object.status = { code: 'STATUS_CODE_ERROR', message: fewWith('SpanStatus', from) }
      object.events = [
        {
          timeUnixNano: object.startTimeUnixNano,
          name: 'exception',
          attributes: told(from).map((one) => ({ ...one, key: one.key === 'note' ? 'exception.message' : one.key })),
        },
      ]
    }
    if (typeof object.rootTraceName === 'string') object.rootTraceName += ` ${fewWith('TraceName', from)}`
    if (Array.isArray(object.tagValues))
      object.tagValues.push(...labelValues().map((value) => ({ type: 'string', value })))
    for (const member of Object.values(object)) plantInTraces(member)
  })
}

function plantInRay(value: unknown): void {
  each(value, (object) => {
    const from = String(object.submission_id ?? object.job_id ?? '')
    if (typeof object.entrypoint === 'string') object.entrypoint += ` ${textWith('Entrypoint', from)}`
    if (typeof object.message === 'string') object.message += ` ${textWith('RayMessage', from)}`
    if ('runtime_env' in object)
      object.runtime_env = { env_vars: { HF_TOKEN: canary('RayEnv'), GREETING: textWith('RayEnvText') } }
    for (const member of Object.values(object)) plantInRay(member)
  })
}

/** What a program of a container prints: nvidia-smi's processes with their whole command lines. */
export function plantInOutput(text: string): string {
  const name = (from: string) => `python3 serve.py ${fewWith('Process', from).replaceAll(/[,\n]/g, ' ')}`
  const escaped = (words: string) => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return text
    .replaceAll(/<process_name>[^<]*</g, (_, at: number) => `<process_name>${escaped(name(String(at)))}<`)
    .replaceAll(/^(\d+, )(?![\d[])([^,\n]+)/gm, (_, pid: string) => `${pid}${name(pid)}`)
    .replaceAll(
      /^(.*, )(\/usr\S+|\/opt\S+|VLLM\S+|ray::\S+)(?=,|$)/gm,
      (_, head: string, old: string) => `${head}${name(`${head}${old}`)}`,
    )
}

export const planters = {
  kubernetes: (body: unknown) => each(body, plantInObject),
  prometheus: plantInSeries,
  loki: plantInSeries,
  alertmanager: plantInAlerts,
  tempo: plantInTraces,
  ray: plantInRay,
}
export type Planted = keyof typeof planters
