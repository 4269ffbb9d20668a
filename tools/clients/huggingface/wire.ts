import * as z from 'zod'

const text = z.string().nullish().catch(undefined)
const figure = z.number().nullish().catch(undefined)

export const model = z.looseObject({
  id: z.string(),
  // forgiving: a new word means that somebody has to be asked
  gated: z.union([z.boolean(), z.string()]).nullish(),
  private: z.boolean().nullish().catch(undefined),
  pipeline_tag: text,
  tags: z.array(z.string()).nullish().catch(undefined),
  downloads: figure,
  lastModified: text,
  siblings: z
    .array(z.looseObject({ rfilename: z.string(), size: figure }))
    .nullish()
    .catch(undefined),
  safetensors: z.looseObject({ total: figure }).nullish().catch(undefined),
  cardData: z
    .looseObject({
      license: z
        .union([z.string(), z.array(z.string())])
        .nullish()
        .catch(undefined),
    })
    .nullish()
    .catch(undefined),
})
export const found = z.array(model)

/** Every configuration that transformers writes says which class it is for. */
export const config = z.looseObject({ model_type: z.string() })
