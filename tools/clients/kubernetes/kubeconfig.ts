import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type * as z from 'zod'
import { ToolError } from '#contract'
import { type clusterPart, kubeconfigFile, type userPart } from '../kubeconfig-form.ts'
import { unreadable } from '../secret.ts'

export type KubeconfigCluster = z.output<typeof clusterPart> & { folder: string }
export type KubeconfigUser = z.output<typeof userPart> & { folder: string }

/** Several files as one: the first to name something wins, as kubectl has it. */
export interface Kubeconfig {
  files: string[]
  currentContext?: string
  contexts: Map<string, { cluster: KubeconfigCluster; user?: KubeconfigUser }>
}

async function readOne(file: string) {
  const text = await readFile(file, 'utf8').catch((error) => unreadable('kubeconfig', file, error))
  const { parse } = await import('yaml')
  let content: unknown
  try {
    content = parse(text)
  } catch (cause) {
    throw invalid(file, 'it is not YAML', cause)
  }
  const parsed = kubeconfigFile.safeParse(content)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw invalid(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown'}`)
}

const invalid = (file: string, why: string, cause?: unknown) =>
  new ToolError('not-configured', `The kubeconfig ${file} cannot be used: ${why}.`, {
    next: 'Correct the file, or name another one in kubernetes.kubeconfig.',
    cause,
  })

/** Read and merge. With several files, missing ones are skipped, as kubectl does; with one, it must exist. */
export async function readKubeconfig(files: readonly string[]): Promise<Kubeconfig> {
  const read = await Promise.all(
    files.map(async (file) => ({
      folder: path.dirname(path.resolve(file)),
      content: await readOne(file).catch((error) => {
        if (files.length > 1 && (error as { cause?: { code?: string } }).cause?.code === 'ENOENT') return undefined
        throw error
      }),
    })),
  )
  const clusters = new Map<string, KubeconfigCluster>()
  const users = new Map<string, KubeconfigUser>()
  const contexts = new Map<string, { cluster: string; user?: string }>()
  const keepFirst = <T>(into: Map<string, T>, name: string, value: T) => {
    if (!into.has(name)) into.set(name, value)
  }
  for (const { folder, content } of read) {
    for (const [name, part] of content?.clusters ?? []) keepFirst(clusters, name, { ...part, folder })
    for (const [name, part] of content?.users ?? []) keepFirst(users, name, { ...part, folder })
    for (const [name, part] of content?.contexts ?? []) keepFirst(contexts, name, part)
  }
  const whole: Kubeconfig = { files: [...files], contexts: new Map() }
  whole.currentContext = read.map(({ content }) => content?.['current-context']).find((name) => name) ?? undefined
  for (const [name, context] of contexts) {
    const cluster = clusters.get(context.cluster)
    // A context whose cluster is gone is left out: kubectl ignores it too until it is used.
    if (cluster) whole.contexts.set(name, { cluster, user: context.user ? users.get(context.user) : undefined })
  }
  return whole
}
