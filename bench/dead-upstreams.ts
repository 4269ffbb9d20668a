import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Bench } from './measure.ts'

async function listening(onSocket: (socket: Socket) => void) {
  const server = createServer(onSocket)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** An address on loopback where every connection is refused. */
export async function refusingUrl(): Promise<string> {
  const { server, url } = await listening(() => undefined)
  await new Promise((resolve) => server.close(resolve))
  return url
}

/** An address that accepts every connection and never answers; worse than a dead one. */
export async function silentUrl(bench: Bench): Promise<string> {
  const sockets = new Set<Socket>()
  const { server, url } = await listening((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  })
  bench.after(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return url
}

/** A configuration with every kind of upstream, all at `url`; answers the path of the file. */
export async function configurationAt(bench: Bench, url: string, clusters = 4): Promise<string> {
  const path = join(bench.folder, `config-${new URL(url).port}.json`)
  const names = Array.from({ length: clusters }, (_, index) => `cluster-${index + 1}`)
  const configuration = {
    clusters: names.map((name) => ({
      name,
      kubernetes: { url },
      prometheus: { url },
      alertmanager: { url },
      loki: { url },
    })),
    ray: [{ name: 'ray', dashboardUrl: url }],
    qubic: { url },
  }
  await writeFile(path, JSON.stringify(configuration))
  return path
}
