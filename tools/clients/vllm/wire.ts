import * as z from 'zod'

/** `GET /v1/models`; `max_model_len` is vLLM's own. */
export const models = z.looseObject({
  data: z.array(z.looseObject({ id: z.string(), max_model_len: z.number().nullish() })),
})
