import * as z from 'zod'

/** Number formats of weights and the bytes a parameter takes with its scales and with what is never quantised. */
export const bytesPerParameter = {
  fp32: 4,
  bf16: 2,
  fp8: 1.045,
  int8: 1.045,
  int4: 0.575,
  mxfp4: 0.53,
  nvfp4: 0.56,
} as const
export const weightFormats = ['fp32', 'bf16', 'fp8', 'int8', 'int4', 'mxfp4', 'nvfp4'] as const
export type WeightFormat = (typeof weightFormats)[number]

export const weights = z.strictObject({
  format: z.enum(weightFormats),
  /** Of all parts; files as they lie on disk */
  bytes: z.number().min(1),
  /** Parameters that share a scale in each direction: splits must keep whole blocks */
  blockSize: z.int().min(1).optional(),
})
export type Weights = z.output<typeof weights>

const aliases: Record<string, WeightFormat> = {
  fp16: 'bf16',
  float16: 'bf16',
  bfloat16: 'bf16',
  w8a8: 'int8',
  awq: 'int4',
  gptq: 'int4',
  w4a16: 'int4',
  fp4: 'nvfp4',
}

/** What an engine or a person calls a format: `awq` is int4. undefined: not known */
export const formatOf = (name: string): WeightFormat | undefined => {
  const plain = name.toLowerCase()
  return aliases[plain] ?? weightFormats.find((format) => format === plain)
}

/** First compute capability with arithmetic in this format; below it engines unpack the weights first. */
export const nativeFrom: Partial<Record<WeightFormat, number>> = { fp8: 89, mxfp4: 100, nvfp4: 100 }
