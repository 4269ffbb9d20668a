import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

type Json = Record<string, unknown>

/** A secret of no real system that names the place it was put in; anything that contains it has leaked. */
export const canary = (place: string): string => `cnry${place}7Kq2Zx9w`
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Canaries in this text, whole or cut after a few characters, plain or in base64. */
export const leaksIn = (text: string): string[] => text.match(/cnry\w{6,}|CNRY\w{6,}|Y25ye[\w+/=]{6,}/g) ?? []

/** Every way a secret stands in ordinary text. */
export const textWith = (place: string): string =>
  [
    `dsn=postgres://app:${canary(`${place}Dsn`)}@db:5432/x`,
    `Authorization: Bearer ${canary(`${place}Bearer`)}`,
    `password=${canary(`${place}Password`)}`,
    `"api_key": "${canary(`${place}Json`)}"`,
    `hf_${canary(`${place}Hf`)}abcdefghij`,
    `--token ${canary(`${place}Flag`)}`,
    `AWS_SECRET_ACCESS_KEY=${canary(`${place}Aws`)}`,
    `https://robot:${canary(`${place}Registry`)}@registry.example/x`,
  ].join(' ')

const labelsWith = (place: string): Record<string, string> => ({
  api_key: canary(`${place}Key`),
  note: textWith(place),
})

function plantInObject(object: Json): void {
  const metadata = object.metadata as { annotations?: Record<string, string> } | undefined
  if (metadata && typeof metadata === 'object')
    metadata.annotations = {
      ...metadata.annotations,
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: canary('LastApplied') }),
      'example.com/note': textWith('Annotation'),
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
      'app.yaml': `server:\n  dbPassword: ${canary('ConfigYaml')}\n  url: ${textWith('ConfigText')}\n`,
    }
  if (typeof object.message === 'string') object.message += ` ${textWith('Message')}`
  for (const list of ['containers', 'initContainers', 'ephemeralContainers'])
    for (const container of (object[list] as Json[] | undefined) ?? []) {
      if (typeof container !== 'object' || container === null || !('image' in container)) continue
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
    }
  for (const member of Object.values(object)) plantIn(member, plantInObject)
}

function plantIn(value: unknown, plant: (object: Json) => void): void {
  if (Array.isArray(value)) for (const item of value) plantIn(item, plant)
  else if (value !== null && typeof value === 'object') plant(value as Json)
}

/** Loki and Prometheus: labels and lines. */
function plantInSeries(body: Json): void {
  const data = body.data as { result?: Json[] } | string[] | Json[] | undefined
  if (Array.isArray(data)) {
    if (data.every((one) => typeof one === 'string')) (data as string[]).push(textWith('LabelValue'))
    else for (const one of data as Json[]) Object.assign(one, labelsWith('Series'))
    return
  }
  // each another one: what differs is what names a series
  for (const [index, one] of (data?.result ?? []).entries()) {
    if (one.metric) Object.assign(one.metric, labelsWith(`Metric${index}`))
    if (one.stream) Object.assign(one.stream, labelsWith(`Stream${index}`))
    if (one.stream)
      for (const entry of (one.values as [string, string][] | undefined) ?? []) entry[1] += ` ${textWith('Log')}`
  }
}

function plantInAlerts(body: unknown): void {
  for (const [index, alert] of (Array.isArray(body) ? (body as Json[]) : []).entries()) {
    if (alert.annotations)
      Object.assign(alert.annotations, { description: textWith('Alert'), token: canary('AlertKey') })
    if (alert.labels) Object.assign(alert.labels, labelsWith(`AlertLabel${index}`))
  }
}

function plantInRay(object: Json): void {
  if (typeof object.entrypoint === 'string') object.entrypoint += ` ${textWith('Entrypoint')}`
  if (typeof object.message === 'string') object.message += ` ${textWith('RayMessage')}`
  if ('runtime_env' in object)
    object.runtime_env = { env_vars: { HF_TOKEN: canary('RayEnv'), GREETING: textWith('RayEnvText') } }
  for (const member of Object.values(object)) plantIn(member, plantInRay)
}

const planters = {
  kubernetes: (body: unknown) => plantIn(body, plantInObject),
  prometheus: (body: unknown) => plantInSeries(body as Json),
  loki: (body: unknown) => plantInSeries(body as Json),
  alertmanager: plantInAlerts,
  ray: (body: unknown) => plantIn(body, plantInRay),
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** A server in front of another one that plants canaries in whatever it answers, in that wire format. */
export async function startPlanting(
  target: string,
  kind: keyof typeof planters,
): Promise<{ url: string; answered(): number; close(): Promise<void> }> {
  let answered = 0
  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host: _, connection: __, 'accept-encoding': ___, ...headers } = request.headers
    const body = await read(request)
    const upstream = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    })
    const type = upstream.headers.get('content-type') ?? ''
    let text = await upstream.text()
    if (type.includes('json')) {
      const parsed: unknown = JSON.parse(text)
      planters[kind](parsed)
      text = JSON.stringify(parsed)
    } else if (text !== '') text += `${text.endsWith('\n') ? '' : '\n'}${textWith('PlainText')}\n`
    answered++
    response.writeHead(upstream.status, { 'content-type': type })
    response.end(text)
  }
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    answered: () => answered,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
