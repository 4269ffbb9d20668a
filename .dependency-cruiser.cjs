/** Who may import whom: the rooms of docs/architecture.md, one rule a row. */
const npm = (...names) => `^node_modules/(${names.map((name) => name.replace('/', '\\/')).join('|')})(/|$)`
const only = (name, libraries, homes) => ({
  name: `library-${name}`,
  severity: 'error',
  comment: `${name} is used in ${homes.join(', ')} only`,
  from: {
    pathNot: [
      ...homes.map((home) => `^${home}`),
      '(\\.test\\.ts|testing(/|\\.ts)|^bench/|^scripts/|^engines/|\\.config\\.ts$|contract-suite\\.ts$)',
    ],
  },
  to: { path: npm(...libraries), dependencyTypesNot: ['type-only'] },
})
const tests = '(\\.test\\.ts$|/testing/|/testing[^/]*\\.ts$|contract-suite\\.ts$)'
const never = (name, from, to, more = {}) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: tests, ...more.from },
  to: { path: to, ...more.to },
})
const value = { to: { dependencyTypesNot: ['type-only'] } }

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ['^\\$', 'virtual:', '\\.svelte-kit', 'chat/build', '^\\./\\$types'] },
    },
    never('contract-only-zod', '^tools/contract/', '^(?!tools/contract/|node_modules/zod)'),
    never('db-knows-no-room', '^db/', '^(tools/(?!contract)|mcp-server|chat|personas|mocks)'),
    never(
      'clients-know-contract-only',
      '^tools/clients/',
      '^(db|mcp-server|chat|personas|mocks|tools/(?!clients|contract))',
    ),
    never('clients-not-each-other', '^tools/clients/([^/]+)/', '^tools/clients/(?!$1/)[^/]+/', value),
    never('define-knows-no-domain', '^tools/(define|context)\\.ts', '^tools/(?!contract|clients|define|context)'),
    never('domains-stay-inside', '^tools/(?!contract|clients)[^/]+/', '^(mcp-server|chat|mocks|personas)'),
    never(
      'domains-use-services-of-others',
      '^tools/(?!contract|clients)([^/]+)/',
      '^tools/(?!contract|clients|$1/)[^/]+/(?!service\\.ts)',
    ),
    never(
      'domains-no-server-libraries',
      '^tools/',
      npm('hono', '@modelcontextprotocol', 'ai', '@ai-sdk', 'svelte', 'prom-client', 'pino'),
    ),
    never('server-not-chat-or-mocks', '^mcp-server/', '^(chat|mocks)/'),
    never('personas-types-only', '^personas/', '^(tools|db|mcp-server|chat|mocks)/', value),
    never('chat-not-server', '^chat/', '^(mcp-server|mocks)/'),
    never('chat-no-tool-values', '^chat/', '^tools/(?!contract)', value),
    never(
      'browser-types-only',
      '^chat/src/(?!lib/server|routes/.*\\+(server|page\\.server|layout\\.server)|hooks\\.server)',
      '^(tools|db|personas|mcp-server|mocks)/',
      value,
    ),
    never('mocks-npm-only', '^mocks/', '^(tools|db|personas|mcp-server|chat)/'),
    never(
      'start-only-entrances',
      '^start\\.ts',
      '^(mcp-server/(?!main\\.ts|http\\.ts)|mocks/(?!main\\.ts|vllm/main\\.ts)|tools|db|personas)',
    ),
    only('mcp-server-sdk', ['@modelcontextprotocol/server'], ['mcp-server/']),
    only('prom-client', ['prom-client'], ['mcp-server/record/']),
    only('hono', ['hono', '@hono'], ['mcp-server/', 'mocks/']),
    only('client-node', ['@kubernetes/client-node'], ['tools/clients/kubernetes/']),
    only('ai', ['ai', '@ai-sdk'], ['chat/']),
    only('openai', ['openai'], ['tools/clients/vllm/']),
    only('database-drivers', ['postgres', '@electric-sql'], ['db/']),
    only('drizzle', ['drizzle-orm'], ['db/']),
    only('svelte', ['svelte', '@sveltejs'], ['chat/']),
  ],
  required: [],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(\\.svelte-kit|chat/build|chat/\\.svelte-kit)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'svelte'],
      extensions: ['.ts', '.js', '.mjs', '.svelte', '.json'],
    },
  },
}
