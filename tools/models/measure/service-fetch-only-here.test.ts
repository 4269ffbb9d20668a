import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** Requests of any method to a Service are for measuring what serves a model, on paths that are ours. */
it('only this domain posts to a service of a cluster', () => {
  const root = join(import.meta.dirname, '../../..')
  const users = ['tools', 'mcp-server', 'chat/src', 'personas'].flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|svelte)$/.test(file) && !/node_modules|\.test\.ts$|contract-suite/.test(file))
      .map((file) => join(room, file))
      .filter((file) => /\b(?:serviceFetch|servedInCluster)\b/.test(readFileSync(join(root, file), 'utf8'))),
  )
  expect(users).toContain('tools/clients/kubernetes/service-fetch.ts')
  const home =
    /^tools\/models\/measure\/|^tools\/clients\/(kubernetes\/(client|types|service-fetch)|vllm\/open)\.ts$|^tools\/testing-upstreams\.ts$/
  expect(users.filter((file) => !home.test(file))).toEqual([])
})
