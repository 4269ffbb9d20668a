import { evalsOf } from '#lib/server/feedback/evals.ts'
import { endpoint, feedbackOf } from '#lib/server/http.ts'
import type { RequestHandler } from './$types'

/** The judged answers of this person as evaluations, YAML. */
export const GET: RequestHandler = endpoint(
  async (event) =>
    new Response(evalsOf(await feedbackOf(event).judged(500)), {
      headers: {
        'content-type': 'application/yaml; charset=utf-8',
        'content-disposition': 'attachment; filename="judged-answers.yaml"',
      },
    }),
)
