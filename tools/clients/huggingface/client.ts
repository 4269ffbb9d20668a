import type * as z from 'zod'
import { ToolError } from '#contract'
import type { Endpoint, EndpointCall } from '../endpoint.ts'
import { type Asked, titleOf, upstreamError } from '../failures.ts'
import type { HttpResponse } from '../http.ts'
import { parseAnswer } from '../parse.ts'
import type { HubModel, HuggingFace } from './types.ts'
import * as wire from './wire.ts'

const idPattern = /^[\w.-]{1,96}(\/[\w.-]{1,96})?$/
const redirects = new Set([301, 302, 307, 308])

/** A configuration is small; what is not is none. */
const configBytes = 4 * 1024 * 1024

/** The API of huggingface.co over an endpoint. */
export function createHuggingFace(endpoint: Endpoint, url: string): HuggingFace {
  const asked: Asked = { upstream: endpoint.upstream }
  const origin = new URL(url).origin

  /** The hub says in a header what its statuses mean: a missing repository is a 401 to somebody without a token. */
  const explainFor = (id: string) => (response: HttpResponse) => {
    const said = response.headers['x-error-code']
    const known = typeof said === 'string' ? refusals[said] : undefined
    if (!known) return undefined
    const details = { status: response.status, errorCode: said }
    return upstreamError(asked, known.code, { ...known, message: `${titleOf(asked)}: ${id} ${known.message}`, details })
  }

  /** Repositories are renamed and files cached elsewhere: both are redirects on the same host. */
  async function ask(call: EndpointCall, hops = 3): Promise<HttpResponse> {
    const isHop = ({ status, headers }: Pick<HttpResponse, 'status' | 'headers'>) =>
      hops > 0 && redirects.has(status) && pathOn(headers.location) !== undefined
    const response = await endpoint.call({ ...call, pass: (_status, response) => isHop(response) })
    if (!isHop(response)) return response
    const { query: _, ...rest } = call
    return ask({ ...rest, path: pathOn(response.headers.location)! }, hops - 1)
  }

  function pathOn(location: string | undefined): string | undefined {
    const target = location === undefined ? undefined : URL.parse(location, url)
    if (target?.origin !== origin) return undefined
    const base = new URL(url).pathname.replace(/\/$/, '')
    return target.pathname.slice(target.pathname.startsWith(base) ? base.length : 0) + target.search
  }

  const read = async <T>(schema: z.ZodType<T>, call: EndpointCall) =>
    parseAnswer(asked, schema, plainJson(await ask(call)))

  return {
    url,
    async model(id, signal) {
      const path = `/api/models/${checkId(id)}`
      return hubModel(await read(wire.model, { path, query: { blobs: true }, explain: explainFor(id), signal }))
    },
    async config(id, signal) {
      const path = `/${checkId(id)}/resolve/main/config.json`
      return read(wire.config, { path, explain: explainFor(id), maxBytes: configBytes, signal })
    },
    async search(words, { limit, signal }) {
      const query = { search: words, limit, sort: 'downloads', direction: -1, full: true }
      const models = await read(wire.found, { path: '/api/models', query, signal })
      return models.slice(0, limit).map(hubModel)
    },
  }
}

const refusals: Record<string, { code: 'upstream-denied' | 'not-found'; message: string; next: string }> = {
  GatedRepo: {
    code: 'upstream-denied',
    message: 'is gated: its files are for people who accepted its licence',
    next: 'Accept the licence on its page and set HF_TOKEN to a token of that account, or give its config.json as config.',
  },
  RepoNotFound: {
    code: 'not-found',
    message: 'does not exist there, or is private',
    next: 'Check the id (owner/name); for a private one set HF_TOKEN.',
  },
  EntryNotFound: {
    code: 'not-found',
    message: 'has no config.json: it is no model of transformers',
    next: 'Take the repository the weights were converted from, or give its config.json as config.',
  },
  RevisionNotFound: {
    code: 'not-found',
    message: 'has no branch main',
    next: 'Give its config.json as config.',
  },
  DisabledRepo: {
    code: 'upstream-denied',
    message: 'was disabled by its host',
    next: 'Choose another model.',
  },
}

function checkId(id: string): string {
  if (idPattern.test(id) && !id.includes('..')) return id
  throw new ToolError('invalid-input', 'That is not the id of a Hugging Face repository.', {
    next: 'Give owner/name, such as Qwen/Qwen3-8B.',
    field: 'model',
    changed: 'nothing',
  })
}

/** Python writes Infinity and NaN into JSON, which is none then; nobody needs them here. */
function plainJson(response: HttpResponse): HttpResponse {
  const text = () => response.text().replace(/([[:,]\s*)-?(?:Infinity|NaN)(?=\s*[,\]}])/g, '$1null')
  return { ...response, text }
}

function hubModel(one: z.output<typeof wire.model>): HubModel {
  const tags = one.tags ?? []
  const license = tags.find((tag) => tag.startsWith('license:'))?.slice(8) ?? one.cardData?.license
  const weightBytes = weightBytesOf(one.siblings ?? [])
  return {
    id: one.id,
    gated: one.gated === false || one.gated == null ? false : one.gated === 'auto' ? 'auto' : 'manual',
    private: one.private ?? false,
    ...(license && { license: String(license) }),
    ...(one.pipeline_tag && { pipelineTag: one.pipeline_tag }),
    tags,
    ...(weightBytes !== undefined && { weightBytes }),
    ...(one.safetensors?.total && { parameters: one.safetensors.total }),
    ...(one.downloads && { downloads: one.downloads }),
    ...(one.lastModified && { lastModified: one.lastModified }),
  }
}

/** Some repositories hold the same weights twice: split for transformers as `model-…`, and once more as `consolidated…`. */
function weightBytesOf(files: readonly { rfilename: string; size?: number | null | undefined }[]): number | undefined {
  const tensors = files.filter(({ rfilename }) => /^[^/]+\.safetensors$/.test(rfilename))
  const usual = tensors.filter(({ rfilename }) => rfilename.startsWith('model'))
  const counted = usual.length > 0 ? usual : tensors
  if (counted.length === 0 || counted.some(({ size }) => size == null)) return undefined
  return counted.reduce((sum, { size }) => sum + size!, 0)
}
