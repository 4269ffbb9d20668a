import type { IncomingMessage } from 'node:http'
import type { ChatHost } from '#lib/server/host.ts'
import type { Preferences } from '#lib/shell/preferences.ts'

declare global {
  namespace App {
    interface Platform {
      req: IncomingMessage & { quartermaster?: ChatHost }
    }
    interface Locals {
      host: ChatHost
      /** Read for the page, so that its first picture is right */
      preferences?: Preferences
    }
    interface Error {
      message: string
      code?: string
      next?: string
    }
  }
}
