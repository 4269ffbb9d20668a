import type { IncomingMessage } from 'node:http'
import type { ChatHost } from '#lib/server/host.ts'

declare global {
  namespace App {
    interface Platform {
      req: IncomingMessage & { quartermaster?: ChatHost }
    }
    interface Locals {
      host: ChatHost
    }
    interface Error {
      message: string
      code?: string
      next?: string
    }
  }
}
