import type { Attachment } from '../types.ts'

export interface Held {
  key: number
  name: string
  size: number
  /** There since the server has it */
  file?: Attachment
  problem?: string
}

/** What is pasted beyond this becomes a file: a box full of log helps nobody. */
export const pasteBytes = 4_096
export const mostFiles = 10

/** The files that go with the next message. They are at the server before it is sent. */
export class Attached {
  held = $state.raw<Held[]>([])
  #next = 0

  get sending(): boolean {
    return this.held.some(({ file, problem }) => !file && !problem)
  }

  get files(): Attachment[] {
    return this.held.flatMap(({ file }) => file ?? [])
  }

  async add(name: string, body: Blob, unreachable: string) {
    if (this.held.length >= mostFiles) return
    const key = this.#next++
    this.held = [...this.held, { key, name, size: body.size }]
    const outcome = await upload(name, body).catch(() => ({ problem: unreachable }))
    this.held = this.held.map((one) => (one.key === key ? { ...one, ...outcome } : one))
  }

  remove(key: number) {
    const file = this.held.find((one) => one.key === key)?.file
    this.held = this.held.filter((one) => one.key !== key)
    if (file)
      void fetch(`/api/v1/chat/attachments/${file.id}`, {
        method: 'DELETE',
        headers: { 'x-quartermaster': '1' },
      }).catch(() => undefined)
  }

  /** Takes what is there for the message that is sent now. */
  take(): Attachment[] {
    const { files } = this
    this.held = []
    return files
  }
}

async function upload(name: string, body: Blob): Promise<Pick<Held, 'file' | 'problem'>> {
  const response = await fetch(`/api/v1/chat/attachments?${new URLSearchParams({ name })}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'x-quartermaster': '1' },
    body,
  })
  const said = (await response.json()) as Attachment & { error?: { message: string; next: string } }
  return said.error ? { problem: `${said.error.message} ${said.error.next}` } : { file: said }
}
