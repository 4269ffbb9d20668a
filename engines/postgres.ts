import { randomBytes } from 'node:crypto'
import { chownSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { ensureDebian } from './debian.ts'
import type { Ensured } from './engine.ts'
import { EngineUnavailable } from './errors.ts'
import type { StartOptions } from './folder.ts'
import { freePort } from './ports.ts'
import { type EngineRun, runEngine } from './run.ts'

export type Postgres = {
  /** postgres://… of the first database, ready for DATABASE_URL. */
  url: string
  /** Makes another empty database in the same server and returns its URL. `name` is letters, digits and underscores. */
  createDatabase(name: string): Promise<string>
  stop(): Promise<void>
}

const SUPERUSER = 'quartermaster'

/** The folder with initdb and postgres of the newest installed version, or undefined. */
export function postgresPrograms(): string | undefined {
  const folders = globSync('/usr/lib/postgresql/*/bin/initdb').map((file) => join(file, '..'))
  return folders.sort((a, b) => version(b) - version(a))[0]
}

export async function ensurePostgres(): Promise<Ensured> {
  const present = () => postgresPrograms() !== undefined
  const how = await ensureDebian({ packages: ['postgresql'], present, services: ['postgresql'] })
  const answer = await runCommand(join(postgresPrograms() ?? '', 'postgres'), ['--version'])
  return { how, version: answer.stdout.match(/[\d.]+/)?.[0] ?? 'unknown' }
}

/** Starts a throwaway PostgreSQL server on loopback with a random password. It does not fsync: its data is worthless. */
export async function startPostgres(options: StartOptions = {}): Promise<Postgres> {
  const programs = postgresPrograms()
  if (programs === undefined) throw new EngineUnavailable('PostgreSQL is not installed; run: node engines/main.ts')
  return runEngine('postgres', options, (run) => begin(run, programs))
}

async function begin(run: EngineRun, programs: string): Promise<Postgres> {
  const user = unprivileged()
  const home = join(run.dir, 'home')
  mkdirSync(home, { mode: 0o700 })
  if (user !== undefined) for (const path of [run.dir, home]) chownSync(path, user.uid, user.gid)
  const password = randomBytes(18).toString('hex')
  const data = await makeCluster({ programs, home, password, user })
  const port = await freePort()
  const server = run.start({
    program: join(programs, 'postgres'),
    args: ['-D', data, '-p', String(port), ...SETTINGS.flatMap((setting) => ['-c', setting])],
    dir: home,
    gentle: 'SIGINT',
    hard: 'SIGQUIT',
    ...user,
  })
  const address = ['--host=127.0.0.1', `--port=${port}`]
  await server.waitUntil(async () => (await runCommand(join(programs, 'pg_isready'), address)).code === 0)

  async function createDatabase(name: string): Promise<string> {
    if (!/^\w+$/.test(name)) throw new Error(`not a plain database name: ${name}`)
    const args = [...address, `--username=${SUPERUSER}`, name]
    const answer = await runCommand(join(programs, 'createdb'), args, { env: { PGPASSWORD: password } })
    if (answer.code !== 0) throw new Error(`createdb failed: ${answer.stderr}`)
    return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${name}`
  }
  return { url: await createDatabase('quartermaster'), createDatabase, stop: run.stop }
}

type User = { uid: number; gid: number }
type Cluster = { programs: string; home: string; password: string; user: User | undefined }

async function makeCluster({ programs, home, password, user }: Cluster): Promise<string> {
  const data = join(home, 'data')
  const passwordFile = join(home, 'password')
  // Readable by the server's user, who owns the closed folder around it.
  writeFileSync(passwordFile, password, { mode: 0o644 })
  const access = [`--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  const args = ['-D', data, ...access, '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync']
  const made = await runCommand(join(programs, 'initdb'), args, { cwd: home, ...user })
  if (made.code !== 0) throw new Error(`initdb failed: ${made.stderr.slice(-1_000)}`)
  return data
}

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'shared_buffers=64MB',
  // Kept in the data folder, so that a killed server leaves nothing in /dev/shm.
  'dynamic_shared_memory_type=mmap',
]

// PostgreSQL refuses to run as root; Debian's package brings the user it runs as.
function unprivileged(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  const entry = readFileSync('/etc/passwd', 'utf8').match(/^postgres:[^:]*:(\d+):(\d+):/m)
  if (entry === null) throw new EngineUnavailable('PostgreSQL does not run as root and there is no postgres user')
  return { uid: Number(entry[1]), gid: Number(entry[2]) }
}

function version(folder: string): number {
  return Number(folder.match(/postgresql\/(\d+)/)?.[1] ?? 0)
}
