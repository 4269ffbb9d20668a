import type { IncomingMessage, ServerResponse } from 'node:http'
import { isToolError } from '#contract'
import type { Identified } from '../policy/identify.ts'

export interface SignInParts {
  /** The owner's token; without it nobody signs in */
  ownerToken?: string | undefined
  /** The address people use is https: the cookie must not leave it */
  secure: boolean
  /** @throws ToolError unauthenticated, permission-denied */
  person(request: IncomingMessage): Identified
}

const page = (
  wrong: boolean,
) => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Quartermaster</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;min-height:90vh}input,button{font:inherit;padding:.5rem}</style>
<form method="post" action="/sign-in"><h1>Quartermaster</h1><p role="status">${wrong ? 'That is not the token.' : 'This server needs a token (QM_TOKEN).'}</p><label>Token <input name="token" type="password" autocomplete="current-password" required autofocus></label> <button>Sign in</button></form></html>`

const maxBodyCharacters = 4_096

async function tokenIn(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) {
    text += chunk
    if (text.length > maxBodyCharacters) break
  }
  return new URLSearchParams(text).get('token') ?? ''
}

/**
 * Lets a person through to the pages: answers who it is, or answers the request itself with a form where a token is
 * needed. The token becomes a cookie that scripts cannot read.
 */
export function createSignIn({ ownerToken, secure, person }: SignInParts) {
  const html = (response: ServerResponse, status: number, wrong: boolean) =>
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(page(wrong))

  async function signIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = await tokenIn(request)
    try {
      person(Object.assign(request, { headers: { ...request.headers, authorization: `Bearer ${token}` } }))
    } catch {
      html(response, 401, true)
      return
    }
    const cookie = `qm_token=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=604800${secure ? '; Secure' : ''}`
    response.writeHead(303, { location: '/', 'set-cookie': cookie }).end()
  }

  return function admit(request: IncomingMessage, response: ServerResponse): Identified | undefined {
    if (ownerToken !== undefined && request.method === 'POST' && request.url === '/sign-in') {
      signIn(request, response).catch(() => response.writeHead(400).end())
      return undefined
    }
    try {
      return person(request)
    } catch (error) {
      if (isToolError(error) && error.code === 'unauthenticated') html(response, 401, false)
      else
        response
          .writeHead(403, { 'content-type': 'text/plain' })
          .end(isToolError(error) ? `${error.message}. ${error.options.next}` : 'Refused')
      return undefined
    }
  }
}
