import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forms, leaksIn, textWith } from '../testing/canaries.ts'
import { createRedactor } from './redact.ts'

const { value, text } = createRedactor({ key: 'k', literals: ['configured-token-1'] })
const canary = 'S3cr3tCanary9x7Q'

describe('what is masked', () => {
  it.each([
    ['Secret data', { kind: 'Secret', data: { a: canary }, stringData: { b: canary } }],
    ['nested Secret', { items: [{ kind: 'Secret', metadata: { name: 's' }, data: { deep: { er: canary } } }] }],
    [
      'last-applied',
      { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":"${canary}"}` } } },
    ],
    ['kubeconfig user', { users: [{ name: 'u', user: { token: canary, 'client-key-data': canary } }] }],
    ['env literal', { env: [{ name: 'WANDB_THING', value: canary }] }],
    ['member password', { password: canary }],
    ['a longer name', { data: { DB_PASSWORD: canary, hfToken: canary, 'example.com/api-key': canary } }],
    ['the argument after a flag', { args: ['--model', 'qwen', '--api-key', canary] }],
    ['a configured literal', { note: 'used configured-token-1 today' }],
  ])('%s', (_, input) => {
    const out = JSON.stringify(value(input))
    expect(out).not.toContain(canary)
    expect(out).not.toContain('configured-token-1')
  })

  it.each([
    `postgres://app:${canary}@db:5432/x`,
    `Authorization: Bearer ${canary}`,
    `password=${canary} next`,
    `token: "${canary}"`,
    `-----BEGIN RSA PRIVATE KEY-----\n${canary}\n-----END RSA PRIVATE KEY-----`,
    `hf_${canary}abcdef`,
    `  env:\n  - name: THING\n    value: ${canary}\n`,
    `+        - name: THING\n+          value: "${canary}"\n`,
    `{\\"password\\":\\"${canary}\\"}`,
    `serve --hf-token ${canary} --port 8000`,
    `args:\n  - --api-key\n  - ${canary}\n`,
    `+    args:\n+      - --password\n+      - ${canary}\n`,
    `+      kubectl.kubernetes.io/last-applied-configuration: |\n+        {"data":"${canary}"}\n`,
    `kubectl.kubernetes.io/last-applied-configuration: '{"data":"${canary}"}'`,
    `gpu-east/[["alertname","x"],["api_key","${canary}"]]`,
    `Set-Cookie: session=${canary}; Path=/`,
    `cut within a password: mysql://root:${canary}`,
    `cut within a token: hf_${canary.slice(0, 9)}…`,
    `cut within a header: eyJhbGciOiJIUzI1NiJ9.${canary}…`,
  ])('in text: %j', (input) => expect(text(input)).not.toContain(canary))

  it('masks a wallet seed and a JWT', () => {
    const seed = 'a'.repeat(30) + 'b'.repeat(25)
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P'
    expect(text(`seed is ${seed}`)).not.toContain(seed)
    expect(text(`saw ${jwt}`)).not.toContain(jwt)
  })
})

describe('QLT-047: every form of a secret in text', () => {
  it.each(Object.keys(forms))('%s: plain, in JSON, in JSON in JSON, quoted as a cell, with digits as #', (name) => {
    const plain = forms[name]!(`Place${name}`)
    expect(leaksIn(plain).length).toBeGreaterThan(0)
    const ways = [
      plain,
      JSON.stringify({ message: plain }),
      JSON.stringify({ inner: JSON.stringify({ message: plain }) }),
      `"${plain.replaceAll('"', "'")}"`,
      plain.replaceAll(/\d+/g, '#'),
    ]
    for (const way of ways) expect(leaksIn(text(way)), way).toEqual([])
  })

  it('cut anywhere, with a mark and without', () => {
    const whole = `0/31 nodes are available: ${textWith('Message')}`
    for (let at = 100; at < whole.length; at++)
      for (const cut of [`${whole.slice(0, at)}…`, whole.slice(0, at)])
        expect(leaksIn(text(cut)), cut.slice(-60)).toEqual([])
  })

  it('a generated key that lost its name', () => {
    const characters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789']
    const random = fc.array(fc.constantFrom(...characters), { minLength: 32, maxLength: 64 }).map((all) => all.join(''))
    let masked = 0
    fc.assert(
      fc.property(random, (key) => {
        if (!text(`said ${key} last`).includes(key)) masked++
      }),
      {
        numRuns: 500,
        seed: 7,
      },
    )
    expect(masked).toBeGreaterThan(475)
  })

  it.each([
    ['several texts', { tokens: ['a'], password: [canary, canary] }],
    ['a row of a label', { label: 'api_key', value: canary, tone: 'good' }],
    ['an attribute of a span', { key: 'http.request.header.x-api-key', value: canary }],
    ['an address', { at: new URL(`https://a:${canary}@x/`) }],
    ['a key under a name that may be one', { webhook_secret: 'aB3dE5fG7hJ9kL' }],
    ['a block of YAML', { file: `password: |\n  ${canary}\n  ${canary}\nnext: a\n` }],
  ])('in an object: %s', (_, input) => {
    const out = JSON.stringify(value(input))
    expect(out).not.toContain(canary)
    expect(out).toContain('[redacted:')
  })
})

describe('what stays', () => {
  const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`))
  const word = fc.constantFrom(
    'qwen',
    'vllm',
    'prefill',
    'worker',
    'gateway',
    'inference',
    'node-exporter',
    'DynamoGraphDeployment',
  )
  const ordinary = fc.oneof(
    fc.tuple(word, hex(64)).map(([name, digest]) => `registry.example:5000/team/${name}@sha256:${digest}`),
    fc
      .tuple(
        word,
        fc.stringMatching(/^[bcdfghjklmnpqrstvwxz2456789]{9}$/),
        fc.stringMatching(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/),
      )
      .map((parts) => parts.join('-').toLowerCase()),
    fc.uuid(),
    fc.uuid().map((id) => `GPU-${id}`),
    fc.uuid().map((id) => `MIG-GPU-${id}/7/0`),
    hex(32),
    hex(16),
    fc.tuple(word, hex(16)).map(([name, id]) => `${name}/${id}`),
    fc.constantFrom(
      'rate(vllm:time_to_first_token_seconds_sum{model_name="Qwen/Qwen2.5-Coder-32B-Instruct",pod=~"qwen-.*"}[5m])',
      'histogram_quantile(0.95, sum by (le) (rate(vllm:generation_tokens_total[5m])))',
      '{namespace="inference", pod=~"qwen-.+"} |= "error" | json | level="error" | line_format "{{.msg}}"',
      '{ resource.service.name = "checkout" && span.http.response.status_code >= 500 }',
      'time_to_first_token=0.351 max_tokens=4096 token: 128 seed=42',
      'nvidia.com/gpu: 8, NVIDIA-A100-SXM4-80GB-MIG-1g.10gb, NVIDIA H100 80GB HBM3',
      'ImagePullBackOff: Back-off pulling image "nvcr.io/nvidia/ai-dynamo/vllm-runtime:0.4.1"',
      '0/31 nodes are available: 3 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint {node.kubernetes.io/unreachable: }',
      'MountVolume.SetUp failed for volume "hf" : secret "hf-token-secret" not found',
      'dynamographdeploymentscalingadapters.nvidia.com',
      'basic authentication failed: invalid token: expired',
      'the bearer tokens of service accounts',
      'password authentication failed for user "app"',
      'https://prometheus.example:9090/api/v1/query?query=up&time=1763640000',
      'at Qwen3VLMoeForConditionalGeneration.forward (modeling.py:120), fixedBytesPerSeqBf16',
      '_ZN5torch8autograd6Engine17evaluate_functionERSt10shared_ptrINS0_9GraphTaskEEPNS0_4NodeE',
      'XID 79 (GPU has fallen off the bus), mnemonic: ROBUST_CHANNEL_GPU_HAS_FALLEN_OFF_THE_BUS',
      '2026-11-20T12:00:00.123456789Z 10.244.3.17:8080 00000000:4E:00.0 a1:b2:c3:d4:e5:f6 v1.34.2+k3s1',
    ),
  )

  it('ordinary words of operations, alone and together', () => {
    fc.assert(
      fc.property(fc.array(ordinary, { minLength: 1, maxLength: 6 }), (parts) => {
        const line = parts.join(' ')
        expect(text(line)).toBe(line)
        expect(value({ rows: parts.map((name) => ({ name, detail: line })) })).toEqual({
          rows: parts.map((name) => ({ name, detail: line })),
        })
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['an engine switch', { env: [{ name: 'DYN_ROUTER_MODE', value: 'kv' }] }],
    ['a number in env', { env: [{ name: 'WORKERS', value: '4' }] }],
    ['a reference to a secret', { envFrom: [{ secretRef: { name: 'hf-token-secret' } }] }],
    ['the name of a secret', { hfTokenSecret: 'hf-token-secret' }],
    ['token counts', { tokens: 4096, maxTokens: '4096' }],
    ['an identity', { address: 'BZBQFLLBNCXEMGLOBHUVFTLUPLVCPQUASSILFABOFFBCADQSSUPNWLZBQEXK' }],
    ['a seed that is a number', { random_seed: '42', maxBatchedTokens: '8192' }],
    ['numbers after flags', { args: ['--max-tokens', '4096', '--seed', '7'] }],
    ['a table row', { name: 'token-service', value: 3 }],
  ])('%s', (_, input) => expect(value(input)).toEqual(input))

  it('an ordinary sentence and a transaction id', () => {
    const id = 'ckttbltbmoiyxbawyiqgrtpulwhcrebumsqeromntayxscmkzilxdqidttae'
    expect(text(`tx ${id} moved 5 QU at 12:00; see http://host:8000/v1`)).toBe(
      `tx ${id} moved 5 QU at 12:00; see http://host:8000/v1`,
    )
  })
})

it('is done with half a megabyte of anything that repeats: no shape goes back and back again', () => {
  const units = [
    '--token-',
    'password= ',
    'a://',
    'eyJ.',
    'cookie: "',
    '- name: A\n',
    'token"',
    '--api-key\n+ ',
    'Bearer ',
    'password="',
    "token='a ",
    'sk-',
    '<password>',
    '--token ',
    'login a password ',
    'aA1',
    'authorization: x ',
    'cookie: a=b; ',
    'mnemonic: abc ',
    'password: |\n  ',
    '{"name":"A","value":"',
  ]
  for (const unit of units) expect(text(unit.repeat(50_000)).length, unit).toBeGreaterThan(10)
})

describe('the mark', () => {
  it('is the same for equal secrets, differs for others, and depends on the key', () => {
    const other = createRedactor({ key: 'other' })
    expect(value({ password: canary })).toEqual(value({ password: canary }))
    expect(value({ password: canary })).not.toEqual(value({ password: `${canary}2` }))
    expect(value({ password: canary })).not.toEqual(other.value({ password: canary }))
  })

  it('is not masked again: redacting twice changes nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.stringMatching(/^[A-Za-z0-9]{12,30}$/), (json, secret) => {
        const once = value({ json, password: secret, log: `password=${secret}`, env: [{ name: 'X', value: secret }] })
        expect(value(once)).toEqual(once)
      }),
    )
  })

  it('QLT-047: a secret in any of its places is in no output', () => {
    const place = fc.constantFrom(
      (s: string) => ({ kind: 'Secret', data: { x: s } }),
      (s: string) => ({ user: { token: s } }),
      (s: string) => ({ spec: { containers: [{ env: [{ name: 'A', value: s }] }] } }),
      (s: string) => ({ line: `connect to mysql://root:${s}@db` }),
      (s: string) => ({ line: `Authorization: Bearer ${s}` }),
    )
    fc.assert(
      fc.property(place, fc.stringMatching(/^[A-Za-z0-9]{16,40}$/), fc.jsonValue(), (build, secret, noise) => {
        fc.pre(!JSON.stringify(noise).includes(secret))
        expect(JSON.stringify(value({ noise, inner: [build(secret)] }))).not.toContain(secret)
      }),
    )
  })

  it('leaves the original alone', () => {
    const input = { password: canary, list: [{ token: canary }] }
    value(input)
    expect(input).toEqual({ password: canary, list: [{ token: canary }] })
  })
})

describe('a Secret in a text', () => {
  const redactor = createRedactor({ key: 'k' })
  const value = 'c3VwZXItc2VjcmV0'
  it.each([
    ['YAML', `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  url: ${value}\n  other: ${value}\n`],
    ['YAML, kind last', `apiVersion: v1\ndata:\n  url: "${value}"\nmetadata:\n  name: db\nkind: "Secret"\n`],
    [
      'stringData over lines',
      `kind: Secret\nmetadata: {name: db}\nstringData:\n  file: |\n    first ${value}\n    ${value}\n`,
    ],
    ['a list', `items:\n- kind: Secret\n  metadata: {name: db}\n  data:\n    url: ${value}\n`],
    ['flow style', `kind: Secret\nmetadata: {name: db}\ndata: {url: ${value}}\n`],
    ['JSON', JSON.stringify({ kind: 'Secret', metadata: { name: 'db' }, data: { url: value } })],
    [
      'JSON over lines',
      JSON.stringify({ kind: 'Secret', metadata: { name: 'db' }, stringData: { url: value } }, undefined, 2),
    ],
    ['a diff', `+apiVersion: v1\n+kind: Secret\n+metadata:\n+  name: db\n+data:\n+  url: ${value}\n`],
  ])('shows no value: %s', (_, text) => {
    const shown = redactor.text(text)
    expect(shown).not.toContain(value)
    expect(shown).toContain('name')
    expect(redactor.text(shown)).toBe(shown)
  })

  it('leaves what is beside it: other documents and other members', () => {
    const configMap = `kind: ConfigMap\nmetadata:\n  name: a\ndata:\n  level: info\n`
    const text = `${configMap}---\nkind: Secret\nmetadata:\n  name: db\ndata:\n  url: ${value}\ntype: Opaque\n`
    const shown = redactor.text(text)
    expect(shown).toContain(configMap)
    expect(shown).toContain('type: Opaque')
    expect(shown).not.toContain(value)
  })
})
