import * as z from 'zod'

/** `GET /v1/models`; `max_model_len` is vLLM's own. */
export const models = z.looseObject({
  data: z.array(z.looseObject({ id: z.string(), max_model_len: z.number().nullish() })),
})

const usage = z
  .looseObject({
    prompt_tokens: z.number().nullish(),
    completion_tokens: z.number().nullish(),
    prompt_tokens_details: z.looseObject({ cached_tokens: z.number().nullish() }).nullish(),
  })
  .nullish()

/** `reasoning` and `reasoning_content`: vLLM's and SGLang's names for what a model thinks aloud. */
const said = z.looseObject({
  content: z.string().nullish(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  refusal: z.string().nullish(),
})
const choice = {
  finish_reason: z.string().nullish(),
  /** Of /completions */
  text: z.string().nullish(),
}

export const completion = z.looseObject({
  choices: z.array(z.looseObject({ ...choice, message: said.nullish() })).min(1),
  usage,
})

/** The last chunk may have no choice, only usage. */
export const chunk = z.looseObject({
  choices: z.array(z.looseObject({ ...choice, delta: said.nullish() })).nullish(),
  usage,
})
export type Usage = z.output<typeof usage>
export type Said = z.output<typeof said>
