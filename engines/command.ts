import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export type CommandResult = { code: number; stdout: string; stderr: string }
type CommandOptions = { cwd?: string; env?: Record<string, string>; uid?: number; gid?: number; signal?: AbortSignal }

/** Runs a program to its end; never throws for a non-zero exit. `code` is 127 when the program could not be started. */
export function runCommand(program: string, args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { env, ...rest } = options
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { ...rest, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024, encoding: 'utf8' },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127
        resolve({ code, stdout, stderr: stderr || (error?.message ?? '') })
      },
    )
  })
}

/** The path of a program on PATH or in further folders (by default where Debian keeps system programs), or undefined. */
export function findProgram(name: string, alsoIn: string[] = ['/usr/sbin', '/sbin']): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...alsoIn]
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
