import type { ServerResponse } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Request } from '../http-server.ts'
import { nvidiaSmi, type Printed } from '../nvidia-smi/run.ts'
import type { Cluster } from '../world/cluster.ts'
import type { Pod } from '../world/kube-types.ts'
import type { World } from '../world/world.ts'
import { badRequest } from './status.ts'

const known = ['v5.channel.k8s.io', 'v4.channel.k8s.io']
const server = new WebSocketServer({
  noServer: true,
  handleProtocols: (offered) => known.find((protocol) => offered.has(protocol)) ?? false,
})

/** Pods whose image has nvidia-smi, or gets it mounted by the container toolkit. */
const withTools = /^nvidia-(driver|container-toolkit|device-plugin)-daemonset/

/** `GET …/pods/<name>/exec`: takes the socket over and answers what the program prints, by channel, then how it ended. */
export function acceptExec(
  world: World,
  cluster: Cluster,
  { pod, request, response }: { pod: Pod; request: Request; response: ServerResponse },
): void {
  const parameters = request.url.searchParams
  const names = pod.spec.containers.map(({ name }) => name)
  const container = parameters.get('container') ?? names[0] ?? ''
  if (!names.includes(container)) throw badRequest(`container ${container} is not valid for pod ${pod.metadata.name}`)
  if (!request.upgrade) throw badRequest('unable to upgrade: missing upgrade headers in request')
  const { socket, head } = request.upgrade
  response.removeAllListeners('finish')
  response.detachSocket(socket as Parameters<ServerResponse['detachSocket']>[0])
  server.handleUpgrade(request.incoming, socket, head, (connection) =>
    speak(connection, printed(world, cluster, { pod, command: parameters.getAll('command') })),
  )
}

function printed(world: World, cluster: Cluster, { pod, command }: { pod: Pod; command: string[] }): Printed | string {
  const [program = '', ...rest] = command
  const node = pod.spec.nodeName ?? ''
  if (program === 'nvidia-smi' && withTools.test(pod.metadata.name))
    return nvidiaSmi(world, cluster, { node, argv: rest })
  return `error executing command in container: failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "${program}": executable file not found in $PATH: unknown`
}

function speak(connection: WebSocket, result: Printed | string): void {
  const send = (channel: number, text: string) =>
    connection.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]))
  if (typeof result === 'string') {
    send(3, JSON.stringify({ metadata: {}, status: 'Failure', message: result, reason: 'InternalError', code: 500 }))
  } else {
    const { stdout, stderr, exitCode } = result
    if (stdout) send(1, stdout)
    if (stderr) send(2, stderr)
    send(3, JSON.stringify(exitCode === 0 ? { metadata: {}, status: 'Success' } : ended(exitCode)))
  }
  connection.close(1000)
}

const ended = (exitCode: number) => ({
  metadata: {},
  status: 'Failure',
  message: `command terminated with non-zero exit code: exit status ${exitCode}`,
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
})
