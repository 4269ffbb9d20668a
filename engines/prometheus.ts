import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { findProgram, runCommand } from './command.ts'
import { ensureDebian } from './debian.ts'
import type { Ensured } from './engine.ts'
import { EngineUnavailable } from './errors.ts'
import type { StartOptions } from './folder.ts'
import { goEngineProgram } from './go-engines.ts'
import { freePort } from './ports.ts'
import { answersOk } from './process.ts'
import { type EngineRun, runEngine } from './run.ts'

export type PrometheusOptions = StartOptions & {
  /** OpenMetrics text with timestamps in seconds and a last line `# EOF`: samples that exist before the start. */
  history?: string
  /** Further scrape jobs besides Prometheus itself (`prometheus`) and node-exporter (`node`); `host:port` targets. */
  scrape?: { job: string; targets: string[]; labels?: Record<string, string> }[]
  /** Rule groups in Prometheus' own form. */
  ruleGroups?: { name: string; rules: Record<string, unknown>[] }[]
  /** `host:port` of Alertmanagers that get the alerts. */
  alertmanagers?: string[]
  externalLabels?: Record<string, string>
  /** Start and scrape node-exporter too; true when absent. */
  nodeExporter?: boolean
  /** Debian's 2.42, or the newest that we build; Debian's when absent. Node-exporter and promtool are always Debian's. */
  version?: 'debian' | 'newest'
}

export type Prometheus = { url: string; nodeExporterUrl: string | undefined; stop(): Promise<void> }

export async function ensurePrometheus(): Promise<Ensured> {
  const present = () => prometheusPrograms() !== undefined
  const services = ['prometheus', 'prometheus-node-exporter']
  const how = await ensureDebian({ packages: services, present, services })
  const answer = await runCommand(prometheusPrograms()?.prometheus ?? 'prometheus', ['--version'])
  return { how, version: (answer.stdout + answer.stderr).match(/version ([\w.]+)/)?.[1] ?? 'unknown' }
}

type Programs = { prometheus: string; promtool: string | undefined; nodeExporter: string | undefined }

export function prometheusPrograms(): Programs | undefined {
  const prometheus = findProgram('prometheus')
  const promtool = findProgram('promtool')
  const nodeExporter = findProgram('prometheus-node-exporter')
  return prometheus && promtool && nodeExporter ? { prometheus, promtool, nodeExporter } : undefined
}

/**
 * Starts Prometheus on loopback, by default with node-exporter beside it, scraped each second. It also takes remote writes.
 * Returns when it answers queries and, with node-exporter, when the first of its samples can be queried.
 */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<Prometheus> {
  const programs = programsFor(options)
  return runEngine('prometheus', options, (run) => begin(run, options, programs))
}

function programsFor(options: PrometheusOptions): Programs {
  const debian = prometheusPrograms()
  if (options.version !== 'newest') return debian ?? missing('prometheus')
  const prometheus = goEngineProgram('prometheus-newest') ?? missing('prometheus-newest')
  return { prometheus, promtool: debian?.promtool, nodeExporter: debian?.nodeExporter }
}

function missing(name: string): never {
  throw new EngineUnavailable(`Prometheus is not there; run: node engines/main.ts --only ${name}`)
}

async function begin(run: EngineRun, options: PrometheusOptions, programs: Programs): Promise<Prometheus> {
  const { dir } = run
  const nodeExporterUrl = options.nodeExporter === false ? undefined : await startNodeExporter(run, programs)
  const data = join(dir, 'data')
  if (options.history !== undefined) await backfill(programs.promtool, { dir, data, text: options.history })
  writeFileSync(join(dir, 'rules.yml'), stringify({ groups: options.ruleGroups ?? [] }))
  const url = `http://127.0.0.1:${await freePort()}`
  writeFileSync(join(dir, 'prometheus.yml'), stringify(configuration(options, { url, nodeExporterUrl })))
  const server = run.start({ program: programs.prometheus, args: argumentsFor(dir, data, url) })
  await server.waitUntil(() => answersOk(`${url}/-/ready`))
  if (nodeExporterUrl !== undefined) await server.waitUntil(() => hasSamples(url, 'node_load1'))
  return { url, nodeExporterUrl, stop: run.stop }
}

async function startNodeExporter(run: EngineRun, programs: Programs): Promise<string> {
  const program = programs.nodeExporter
  if (program === undefined)
    throw new EngineUnavailable('no node-exporter; run: node engines/main.ts --only prometheus')
  const url = `http://127.0.0.1:${await freePort()}`
  const args = [`--web.listen-address=${new URL(url).host}`]
  const exporter = run.start({ program, args })
  await exporter.waitUntil(() => answersOk(`${url}/metrics`))
  return url
}

function argumentsFor(dir: string, data: string, url: string): string[] {
  return [
    `--config.file=${join(dir, 'prometheus.yml')}`,
    `--storage.tsdb.path=${data}`,
    // Backfilled samples may be of any age.
    '--storage.tsdb.retention.time=100y',
    `--web.listen-address=${new URL(url).host}`,
    '--web.enable-remote-write-receiver',
    // The first alert is sent before the Alertmanagers are known, and by default only repeated after a minute.
    '--rules.alert.resend-delay=1s',
    '--log.level=warn',
  ]
}

function configuration(options: PrometheusOptions, urls: { url: string; nodeExporterUrl: string | undefined }) {
  const own = [{ job: 'prometheus', targets: [new URL(urls.url).host] }]
  const node =
    urls.nodeExporterUrl === undefined ? [] : [{ job: 'node', targets: [new URL(urls.nodeExporterUrl).host] }]
  const jobs: NonNullable<PrometheusOptions['scrape']> = [...own, ...node, ...(options.scrape ?? [])]
  return {
    global: {
      scrape_interval: '1s',
      scrape_timeout: '1s',
      evaluation_interval: '1s',
      external_labels: options.externalLabels ?? {},
    },
    rule_files: ['rules.yml'],
    scrape_configs: jobs.map(({ job, targets, labels }) => ({
      job_name: job,
      static_configs: [{ targets, labels: labels ?? {} }],
    })),
    alerting: { alertmanagers: [{ static_configs: [{ targets: options.alertmanagers ?? [] }] }] },
  }
}

async function backfill(
  promtool: string | undefined,
  history: { dir: string; data: string; text: string },
): Promise<void> {
  if (promtool === undefined) throw new EngineUnavailable('no promtool; run: node engines/main.ts --only prometheus')
  const file = join(history.dir, 'history.om')
  writeFileSync(file, history.text)
  const answer = await runCommand(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', file, history.data])
  if (answer.code !== 0) throw new Error(`promtool did not take the history: ${answer.stderr.slice(-1_000)}`)
}

async function hasSamples(url: string, query: string): Promise<boolean> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)
  const answer = (await response.json()) as { data?: { result?: unknown[] } }
  return (answer.data?.result?.length ?? 0) > 0
}
