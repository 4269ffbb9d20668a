import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** Running programs in pods is for reading GPUs, with fixed arguments. There is no tool that runs what a caller says. */
it('only this domain runs a program in a pod', () => {
  const root = join(import.meta.dirname, '../..')
  const users = ['tools', 'mcp-server', 'chat/src', 'personas'].flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|svelte)$/.test(file) && !/node_modules|\.test\.ts$|contract-suite/.test(file))
      .map((file) => join(room, file))
      .filter((file) => /\bexecInPod\b/.test(readFileSync(join(root, file), 'utf8'))),
  )
  expect(users).toContain('tools/clients/kubernetes/exec.ts')
  expect(
    users.filter((file) => !/^tools\/(gpu|clients\/kubernetes)\/|^tools\/testing-upstreams\.ts$/.test(file)),
  ).toEqual([])
})
