import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { type Handler, type RunningServer, sendJson, startServer } from '../http-server.ts'
import { RENAMED, REPOSITORIES, type Repository } from './repositories.ts'

export interface HuggingFaceOptions {
  port?: number
  /** Tokens of accounts that accepted every licence */
  accepted?: readonly string[]
  guard?: (handler: Handler) => Handler
}

/** The hub says in a header what its status means. */
function refuse(response: ServerResponse, status: number, { code, message }: { code: string; message: string }): void {
  response.setHeader('x-error-code', code)
  response.setHeader('x-error-message', message)
  sendJson(response, status, { error: message })
}

const revisionOf = (id: string) => createHash('sha1').update(id).digest('hex')

function describe(one: Repository, { blobs, full }: { blobs: boolean; full: boolean }) {
  const { id, gated, pipeline, license, downloads, safetensors } = one
  const total = Object.values(safetensors ?? {}).reduce((sum, count) => sum + count, 0)
  return {
    _id: revisionOf(id).slice(0, 24),
    id,
    modelId: id,
    private: false,
    gated,
    disabled: false,
    downloads,
    likes: Math.round(downloads / 90),
    pipeline_tag: pipeline,
    library_name: one.tags[0],
    tags: [...one.tags, `license:${license}`, 'region:us'],
    lastModified: '2026-10-02T09:30:00.000Z',
    sha: revisionOf(id),
    ...(full && {
      cardData: { license, pipeline_tag: pipeline },
      siblings: Object.entries(one.files).map(([rfilename, size]) => ({
        rfilename,
        ...(blobs && { size, blobId: revisionOf(rfilename) }),
      })),
    }),
    ...(safetensors && full && { safetensors: { parameters: safetensors, total } }),
  }
}

/** The API of huggingface.co over a few repositories that nobody else has. */
export function startHuggingFace({ port = 0, accepted = [], guard }: HuggingFaceOptions = {}): Promise<RunningServer> {
  const find = (id: string) => REPOSITORIES.find((one) => one.id.toLowerCase() === id.toLowerCase())
  const missing = { code: 'RepoNotFound', message: 'Repository not found' }

  const handler: Handler = ({ url, headers, method }, response) => {
    const path = decodeURIComponent(url.pathname)
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
    // To somebody without a token it does not say whether a repository is private or absent
    const unknown = () => refuse(response, token ? 404 : 401, missing)
    if (method !== 'GET') return sendJson(response, 405, { error: 'Method not allowed' })
    if (path === '/api/models') return sendJson(response, 200, search(url.searchParams))
    const asked = /^\/api\/models\/(.+)$/.exec(path)?.[1] ?? /^\/(.+?)\/resolve\//.exec(path)?.[1]
    const renamed = asked && RENAMED[asked]
    if (renamed) {
      response.writeHead(307, { location: path.replace(asked, renamed) + url.search }).end()
      return
    }
    const meta = /^\/api\/models\/([^/]+\/[^/]+)$/.exec(path)?.[1]
    if (meta !== undefined) {
      const one = find(meta)
      if (!one) return unknown()
      return sendJson(response, 200, describe(one, { blobs: url.searchParams.get('blobs') === 'true', full: true }))
    }
    const file = /^\/([^/]+\/[^/]+)\/resolve\/main\/(.+)$/.exec(path)
    const cached = /^\/api\/resolve-cache\/models\/([^/]+\/[^/]+)\/[0-9a-f]{40}\/(.+)$/.exec(path)
    const [, id, name] = file ?? cached ?? []
    const one = id === undefined ? undefined : find(id)
    if (!one) return unknown()
    if (one.gated && !(token && accepted.includes(token)))
      return refuse(response, token ? 403 : 401, {
        code: 'GatedRepo',
        message: `Access to model ${one.id} is restricted. You must have access to it and be authenticated to access it.`,
      })
    if (name !== 'config.json' || !one.config)
      return refuse(response, 404, { code: 'EntryNotFound', message: 'Entry not found' })
    if (cached) return sendJson(response, 200, one.config)
    response.writeHead(307, { location: `/api/resolve-cache/models/${one.id}/${revisionOf(one.id)}/config.json` }).end()
  }
  return startServer(guard ? guard(handler) : handler, port)
}

function search(query: URLSearchParams) {
  const words = (query.get('search') ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const limit = Math.min(1000, Math.max(1, Number(query.get('limit') ?? 1000) || 1000))
  return REPOSITORIES.filter(({ id }) => words.every((word) => id.toLowerCase().includes(word)))
    .sort((a, b) => b.downloads - a.downloads)
    .slice(0, limit)
    .map((one) => describe(one, { blobs: false, full: query.get('full') === 'true' }))
}
