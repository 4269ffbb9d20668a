import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'

/** One troubleshooting question over the demo world (docs/evals.md). `{name}` stands for a member of the first fault's trouble. */
const evaluation = z.strictObject({
  id: z.string(),
  question: z.string(),
  faults: z.array(z.looseObject({ kind: z.string() })).default([]),
  /** How long the world needs until the fault shows */
  waitSeconds: z.number().default(0),
  /** Patterns, whatever the case, that a model's answer must all match */
  answer: z.array(z.string()).min(1),
  /** What the tools must tell, with any model or none */
  tools: z
    .array(
      z.strictObject({
        tool: z.string(),
        input: z.record(z.string(), z.unknown()).default({}),
        says: z.array(z.string()).default([]),
        silent: z.array(z.string()).default([]),
        fails: z.string().optional(),
      }),
    )
    .min(1),
})
export type Evaluation = z.output<typeof evaluation> & { persona: string }

const root = join(import.meta.dirname, '..', '..', 'personas')

/** Every question of every persona, in the order of their files. */
export function readEvaluations(): Evaluation[] {
  const personas = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return personas.flatMap(({ name: persona }) => {
    const folder = join(root, persona, 'evals')
    let files: string[]
    try {
      files = readdirSync(folder)
    } catch {
      return []
    }
    return files.flatMap((file) => {
      const parsed = z.array(evaluation).parse(parse(readFileSync(join(folder, file), 'utf8')))
      return parsed.map((one) => ({ ...one, persona }))
    })
  })
}

/** Judged answers as the chat exports them; those that nobody gave facts to yet are left out. */
export function readJudged(file: string): { ready: Evaluation[]; waiting: number } {
  const judged = z
    .array(z.looseObject({ persona: z.string(), answer: z.array(z.string()) }))
    .parse(parse(readFileSync(file, 'utf8')))
  const ready = judged.flatMap(({ persona, feedback: _, ...one }) =>
    one.answer.length === 0
      ? []
      : [{ ...evaluation.extend({ tools: evaluation.shape.tools.default([]) }).parse(one), persona }],
  )
  return { ready: ready as Evaluation[], waiting: judged.length - ready.length }
}

/** The text with `{name}` replaced by what the fault hit. */
export const filled = <T>(value: T, hit: Record<string, unknown>): T =>
  JSON.parse(
    JSON.stringify(value).replace(/\{(\w+)\}/g, (whole, name: string) => (name in hit ? String(hit[name]) : whole)),
  )

/** A fault as the control port of the demo world takes it (docs/demo-world.md). */
export const faultBody = ({ kind, ...target }: Evaluation['faults'][number]) => ({
  kind,
  ...(Object.keys(target).length > 0 && { target }),
})
