import { type StartOptions, workFolder } from './folder.ts'
import { type EngineCommand, type EngineProcess, startProcess } from './process.ts'

/** One run of an engine: its folder and its processes, which end together. */
export type EngineRun = {
  dir: string
  /** Starts a process of this run in its folder, or in the one given. Throws once the run is over. */
  start(command: Omit<EngineCommand, 'dir'> & { dir?: string }): EngineProcess
  /** Stops what was started, the latest first, and removes the folder if it was made here. */
  stop(): Promise<void>
}

/** Opens a run and lets `begin` start its processes; when that fails or the signal is aborted, everything is stopped. */
export async function runEngine<T>(
  name: string,
  options: StartOptions,
  begin: (run: EngineRun) => Promise<T>,
): Promise<T> {
  options.signal?.throwIfAborted()
  const folder = workFolder(name, options.dir)
  const processes: EngineProcess[] = []
  let ending: Promise<void> | undefined

  async function end(): Promise<void> {
    for (const process of processes.toReversed()) await process.stop()
    folder.release()
  }
  const run: EngineRun = {
    dir: folder.path,
    start(command) {
      if (ending !== undefined) throw new Error(`${name} was stopped before it had started`)
      const process = startProcess({ dir: folder.path, ...command })
      processes.push(process)
      return process
    },
    stop() {
      ending ??= end()
      return ending
    },
  }
  options.signal?.addEventListener('abort', () => void run.stop(), { once: true })
  try {
    return await begin(run)
  } catch (error) {
    await run.stop()
    throw error
  }
}
