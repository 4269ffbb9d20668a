import * as z from 'zod'

export const version = z.looseObject({ ray_version: z.string(), session_name: z.string().nullish() })

/** `{result: false, msg}` is an error whatever the HTTP status says. */
export const refused = z.looseObject({ result: z.literal(false), msg: z.string().default('') })

const number = z.number().nullish()
const gpu = z.looseObject({
  index: z.number(),
  uuid: z.string().default(''),
  name: z.string().default(''),
  utilizationGpu: number,
  memoryUsed: number,
  memoryTotal: number,
})

/** A node in `/nodes?view=summary`. Dead or starting nodes lack most of it. */
const nodeSummary = z.looseObject({
  hostname: z.string().nullish(),
  ip: z.string().nullish(),
  cpu: number,
  mem: z.array(z.number()).nullish(),
  gpus: z.array(gpu).nullish(),
  raylet: z
    .looseObject({
      nodeId: z.string().optional(),
      state: z.enum(['ALIVE', 'DEAD']).optional(),
      isHeadNode: z.boolean().optional(),
      nodeManagerAddress: z.string().optional(),
      nodeName: z.string().optional(),
      resourcesTotal: z.record(z.string(), z.number()).optional(),
      labels: z.record(z.string(), z.string()).optional(),
    })
    .nullish(),
})
export const nodes = z.looseObject({ data: z.looseObject({ summary: z.array(nodeSummary) }) })
export type NodeSummary = z.output<typeof nodeSummary>

export const jobs = z.array(
  z
    .looseObject({
      type: z.enum(['SUBMISSION', 'DRIVER']),
      job_id: z.string().nullish(),
      submission_id: z.string().nullish(),
      status: z.enum(['PENDING', 'RUNNING', 'STOPPED', 'SUCCEEDED', 'FAILED']),
      entrypoint: z.string().default(''),
      message: z.string().nullish(),
      start_time: number,
      end_time: number,
    })
    .refine(({ job_id, submission_id }) => Boolean(submission_id ?? job_id), 'expected submission_id or job_id'),
)
export const jobLogs = z.looseObject({ logs: z.string() })
