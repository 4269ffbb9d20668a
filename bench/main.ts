// Measures the product against its targets: `npm run bench`, `npm run bench -- --only stdio-start,road --json figures.json`.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cardTable } from './card-table.ts'
import { chatBurst } from './chat-burst.ts'
import { chatFrames } from './chat-frames.ts'
import { chatStream } from './chat-stream.ts'
import { fanOut } from './fan-out.ts'
import { firstLoad } from './first-load.ts'
import { firstPaint } from './first-paint.ts'
import { foldKernelLog } from './fold-kernel-log.ts'
import { idleMemory } from './idle-memory.ts'
import { install } from './install.ts'
import { largeCluster } from './large-cluster.ts'
import { listDeployments } from './list-deployments.ts'
import { listPods } from './list-pods.ts'
import { liveCard } from './live-card.ts'
import { loadGenerator } from './load-generator.ts'
import { longConversation } from './long-conversation.ts'
import { manyStreams } from './many-streams.ts'
import { type Bench, isMet, type Measure, rounded, Skipped } from './measure.ts'
import { metrics } from './metrics.ts'
import { modelFit } from './model-fit.ts'
import { planDeployment } from './plan-deployment.ts'
import { reload } from './reload.ts'
import { type Outcome, type Report, toJson, toMarkdown, toTable } from './report.ts'
import { roadOverhead } from './road-overhead.ts'
import { searchMessages } from './search-messages.ts'
import { stdioStart } from './stdio-start.ts'
import { toolList } from './tool-list.ts'
import { whatIsFailing } from './what-is-failing.ts'

const measures: readonly Measure[] = [
  stdioStart,
  idleMemory,
  toolList,
  roadOverhead,
  listPods,
  listDeployments,
  whatIsFailing,
  largeCluster,
  fanOut,
  metrics,
  foldKernelLog,
  modelFit,
  planDeployment,
  chatStream,
  chatBurst,
  manyStreams,
  searchMessages,
  chatFrames,
  longConversation,
  reload,
  firstLoad,
  firstPaint,
  cardTable,
  liveCard,
  loadGenerator,
  install,
]
const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** What the measure under way has to clean up */
let cleaners: (() => unknown)[] = []
let interrupted = false
let cleaning = Promise.resolve()

/** One after the other, the last one first; whoever asks meanwhile waits for the same. */
function cleanUp(): Promise<void> {
  const due = cleaners.splice(0).reverse()
  cleaning = cleaning.then(async () => {
    for (const clean of due) await clean()
  })
  return cleaning
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true
    void cleanUp().then(() => process.exit(130))
  })
}

async function take(measure: Measure): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'quartermaster-bench-'))
  cleaners = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })]
  const bench: Bench = {
    root,
    folder,
    after: (clean) => void cleaners.push(clean),
    say: (text) => console.error(`  ${text}`),
  }
  const startedAt = performance.now()
  const outcome: Outcome = { id: measure.id, title: measure.title, tookMs: 0, figures: [] }
  console.error(`${measure.id} …`)
  try {
    outcome.figures = await measure.run(bench)
  } catch (error) {
    if (error instanceof Skipped) outcome.skipped = error.message
    else outcome.failed = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  await cleanUp()
  outcome.tookMs = rounded(performance.now() - startedAt)
  return outcome
}

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    note: { type: 'string' },
    install: { type: 'boolean', default: false },
    ui: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  },
})
const named = options.only?.split(',').map((id) => id.trim())
const unknown = named?.filter((id) => !measures.some((measure) => measure.id === id)) ?? []
if (unknown.length > 0) {
  console.error(`There is no measure ${unknown.join(', ')}. There are: ${measures.map(({ id }) => id).join(', ')}`)
  process.exit(2)
}

const report: Report = {
  at: new Date().toISOString(),
  machine: {
    cores: availableParallelism(),
    memoryGib: rounded(totalmem() / 1024 ** 3),
    node: process.versions.node,
    load: rounded(loadavg()[0]!, 1),
  },
  ...(options.note !== undefined && { note: options.note }),
  measures: [],
}
const isWanted = ({ id, onlyWhenNamed, ui }: Measure) =>
  options.ui && !named
    ? ui === true
    : (onlyWhenNamed && options[id as 'install']) || (named ? named.includes(id) : !onlyWhenNamed)
for (const measure of measures.filter(isWanted)) if (!interrupted) report.measures.push(await take(measure))

console.error(toTable(report))
console.log(toJson(report))
if (options.json) await writeFile(options.json, toJson(report))
if (options.markdown) await writeFile(options.markdown, `# Figures\n\n${toMarkdown(report)}`)
const missed = report.measures.flatMap(({ figures }) => figures.filter((figure) => isMet(figure) === false))
const failed = report.measures.filter((outcome) => outcome.failed !== undefined)
process.exit(failed.length > 0 || (options.strict && missed.length > 0) ? 1 : 0)
