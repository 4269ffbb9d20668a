// Asks the product the questions of personas/*/evals with any OpenAI-compatible model and judges its answers:
// LLM_BASE_URL=http://your-vllm:8000/v1 LLM_MODEL=… node scripts/evals.ts [--only id,id] [--persona id] [--file judged-answers.yaml]
import { parseArgs } from 'node:util'
import { startProduct } from '../chat/e2e/product.ts'
import { type Evaluation, faultBody, filled, readEvaluations, readJudged } from '../mcp-server/testing/evals.ts'

const { values } = parseArgs({
  options: { only: { type: 'string' }, persona: { type: 'string' }, file: { type: 'string' } },
})
const judged = values.file === undefined ? undefined : readJudged(values.file)
if (judged?.waiting) console.log(`${judged.waiting} judged answers have no facts yet and are left out`)
const wanted = (judged?.ready ?? readEvaluations()).filter(
  ({ id, persona }) =>
    (values.only === undefined || values.only.split(',').includes(id)) &&
    (values.persona === undefined || values.persona === persona),
)
if (wanted.length === 0) throw new Error('No question has this name; look into personas/*/evals')
if (!process.env.LLM_BASE_URL) console.log('LLM_BASE_URL is not set: the embedded demo model answers')

const product = await startProduct()

async function post(url: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${JSON.stringify(answer).slice(0, 300)}`)
  return answer
}

async function judge(
  one: Evaluation,
): Promise<{ missing: string[]; tokens: number; calls: string[]; seconds: number }> {
  const troubles = await Promise.all(one.faults.map((fault) => post(`${product.controlUrl}/faults`, faultBody(fault))))
  const { question, answer: patterns } = filled({ question: one.question, answer: one.answer }, troubles[0] ?? {})
  try {
    // Alerts and restarts of the world need their time; five minutes show the slowest
    await new Promise((resolve) => setTimeout(resolve, Math.min(one.waitSeconds, 300) * 1000))
    const session = await post(`${product.url}/api/v1/chat/sessions`, { persona: one.persona })
    const started = performance.now()
    const said = await post(`${product.url}/api/v1/chat/sessions/${session.id}/messages`, { content: question })
    const content = String(said.content ?? '')
    return {
      missing: patterns.filter((pattern) => !new RegExp(pattern, 'i').test(content)),
      tokens: Number(said.tokensUsed ?? 0),
      calls: ((said.toolCalls ?? []) as { name: string }[]).map(({ name }) => name),
      seconds: (performance.now() - started) / 1000,
    }
  } finally {
    for (const { id } of troubles) await fetch(`${product.controlUrl}/faults/${id}`, { method: 'DELETE' })
  }
}

let passed = 0
try {
  for (const one of wanted) {
    const { missing, tokens, calls, seconds } = await judge(one)
    if (missing.length === 0) passed++
    const verdict = missing.length === 0 ? 'passed' : `MISSING ${missing.join(' and ')}`
    console.log(
      `${one.persona} ${one.id}: ${verdict}; ${calls.join(', ') || 'no tool'}; ${tokens} tokens, ${seconds.toFixed(1)} s`,
    )
  }
} finally {
  await product.stop()
}
console.log(`${passed} of ${wanted.length} passed`)
process.exitCode = passed === wanted.length ? 0 : 1
