import { describe, expect, it } from 'vitest'
import { isToolError } from '#contract'
import { readConfig } from './config.ts'
import { listen } from './http.ts'

const failure = (env: Record<string, string>) => {
  try {
    readConfig(env)
  } catch (error) {
    if (isToolError(error)) return { message: error.message, ...error.options }
    throw error
  }
  return undefined
}

describe('the environment', () => {
  it('has defaults for everything: loopback, port 3000, the demo in a folder of its own', () => {
    expect(readConfig({ HOME: '/home/ada' })).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      approvals: 'page',
      approvalTtlMs: 900_000,
      persona: 'default',
      disabledJobs: [],
      logLevel: 'info',
      demo: true,
      dataDir: expect.stringMatching(/\.quartermaster\/demo$/),
      allowedHosts: ['localhost', '127.0.0.1', '[::1]'],
    })
    expect(readConfig({ QM_CONFIG: 'fleet.yaml' })).toMatchObject({
      demo: false,
      dataDir: expect.stringMatching(/\.quartermaster$/),
    })
  })

  it('takes an empty variable as none, as shells and compose files write it', () => {
    expect(readConfig({ PORT: '', QM_TOKEN: '', DATABASE_URL: '', QM_CONFIG: '' })).toEqual(readConfig({}))
  })

  it('reads what is given', () => {
    const config = readConfig({
      PORT: '8080',
      HOST: '0.0.0.0',
      QM_TOKEN: 'a-token-of-sixteen',
      DATABASE_URL: 'postgres://qm@db/qm',
      QM_ALLOWED_HOSTS: 'Fleet.Example, other.example:8443',
      QM_PUBLIC_URL: 'https://qm.example/',
      QM_APPROVALS: 'client',
      QM_APPROVAL_TTL_MINUTES: '5',
      LLM_BASE_URL: 'http://vllm:8000/v1',
      LLM_MODEL: 'Qwen/Qwen3-32B',
    })
    expect(config).toMatchObject({
      port: 8080,
      ownerToken: 'a-token-of-sixteen',
      publicUrl: 'https://qm.example',
      approvals: 'client',
      approvalTtlMs: 300_000,
      llm: { baseUrl: 'http://vllm:8000/v1', model: 'Qwen/Qwen3-32B' },
    })
    expect(config.allowedHosts.slice(3)).toEqual(['fleet.example', 'other.example', 'qm.example'])
  })

  it.each(['192.168.1.5', '10.0.0.1', '::', '0.0.0.0', 'fleet.example'])(
    'refuses to be reachable at %s without a token',
    (HOST) => {
      expect(failure({ HOST })).toMatchObject({ field: 'HOST', next: expect.stringContaining('QM_TOKEN') })
      expect(failure({ HOST, QM_TOKEN: 'a-token-of-sixteen' })).toBeUndefined()
    },
  )

  it.each([
    ['192.168.1.5', '192.168.1.5'],
    ['fd00::1', '[fd00::1]'],
  ])('may be reached by the address it is bound to: %s', (HOST, host) => {
    expect(readConfig({ HOST, QM_TOKEN: 'a-token-of-sixteen' }).allowedHosts).toContain(host)
  })

  it('FLT-050: names the jobs that do not run', () => {
    expect(readConfig({}).disabledJobs).toEqual([])
    expect(readConfig({ QM_DISABLED_JOBS: 'fleet.health,alerts' }).disabledJobs).toEqual(['fleet.health', 'alerts'])
  })

  it.each(['127.0.0.1', 'localhost', '::1'])('needs no token on %s', (HOST) => {
    expect(readConfig({ HOST }).ownerToken).toBeUndefined()
  })

  it.each([
    ['PORT', 'many'],
    ['PORT', '70000'],
    ['DATABASE_URL', 'mysql://db'],
    ['QM_TOKEN', 'short'],
    ['QM_SECRET', 'short'],
    ['QM_PUBLIC_URL', 'not a url'],
    ['QM_APPROVALS', 'none'],
    ['QM_APPROVAL_TTL_MINUTES', '0'],
    ['QM_LOG_LEVEL', 'loud'],
    ['QM_RATE_LIMITS', 'fast'],
    ['QM_DISABLED_JOBS', 'Fleet Health'],
    ['LLM_BASE_URL', 'vllm'],
  ])('refuses %s=%s by name, with what to do, and without the value of a secret', (name, value) => {
    const refused = failure({ [name]: value })!
    expect(refused).toMatchObject({ field: name, next: expect.stringContaining('docs/configuration.md') })
    expect(refused.message.startsWith(name)).toBe(true)
    if (/TOKEN|SECRET/.test(name)) expect(refused.message).not.toContain(value)
  })
})

describe('listening', () => {
  it('says which port is taken, and how to take another', async () => {
    const { server, url } = await listen(() => {}, { port: 0, host: '127.0.0.1' })
    const port = Number(new URL(url).port)
    await expect(listen(() => {}, { port, host: '127.0.0.1' })).rejects.toMatchObject({
      message: `Port ${port} is taken`,
      options: { field: 'PORT', next: expect.stringContaining(`PORT=${port + 1}`) },
    })
    server.close()
  })

  it('says that an address is none of this machine', async () => {
    await expect(listen(() => {}, { port: 0, host: '203.0.113.7' })).rejects.toMatchObject({
      options: { field: 'HOST' },
    })
  })

  it('answers an address that can be opened', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const { server, url } = await listen((_, response) => response.end('here'), { port: 0, host })
      expect(await (await fetch(url)).text()).toBe('here')
      server.close()
      server.closeAllConnections()
    }
  })
})
