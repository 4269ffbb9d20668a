import { join } from 'node:path'
import type { Actor, Domain } from '#define'
import { domains as everyDomain } from '#tools/index.ts'
import { listen } from '../mcp-server/http.ts'
import { type Built, build, httpFace, readConfig } from '../mcp-server/main.ts'
import type { Bench } from './measure.ts'

const caller: Actor = {
  id: 'local',
  name: 'Local owner',
  role: 'owner',
  clusters: '*',
  kind: 'agent',
  persona: 'default',
  client: 'bench',
}

/** The server of the product in this process, on a free port, with its embedded database open as in everyday use. */
export async function startProduct(
  bench: Bench,
  { upstreams, domains = everyDomain }: { upstreams: unknown; domains?: readonly Domain[] },
) {
  const config = {
    ...readConfig({ QM_RATE_LIMITS: 'off' }),
    port: 0,
    dataDir: join(bench.folder, 'product'),
    logLevel: 'error' as const,
  }
  const built: Built = await build({ config, env: {}, upstreams, domains })
  const face = await httpFace(built)
  const { server, url } = await listen(face.handle, config)
  built.setUrl(url)
  await built.core.start()
  await built.core.database.get()
  bench.after(async () => {
    server.close()
    server.closeAllConnections()
    await face.close()
    await built.core.close()
  })
  return {
    url,
    /** Down the road in this process */
    call: (tool: string, input: object) => built.core.road({ tool, input, actor: caller, face: 'mcp' }),
  }
}
