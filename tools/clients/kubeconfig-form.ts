import * as z from 'zod'

export const clusterPart = z.looseObject({
  server: z.string(),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
  'proxy-url': z.string().optional(),
})
export const userPart = z.looseObject({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  exec: z.unknown().optional(),
  'auth-provider': z.unknown().optional(),
})
/** `[{name, <member>: …}]` as a map by name. */
const listOf = <T extends z.ZodType>(member: string, part: T) =>
  z
    .array(z.looseObject({ name: z.string(), [member]: part }))
    .nullish()
    .transform(
      (list) =>
        new Map(
          (list ?? []).map((entry) => [String(entry.name), (entry as Record<string, unknown>)[member] as z.output<T>]),
        ),
    )
/** The form of one file, members that we do not read left in. */
export const kubeconfigFile = z.looseObject({
  'current-context': z.string().nullish(),
  clusters: listOf('cluster', clusterPart),
  users: listOf('user', userPart),
  contexts: listOf('context', z.looseObject({ cluster: z.string(), user: z.string().optional() })),
})
