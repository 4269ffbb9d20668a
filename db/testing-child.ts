import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'

type Answer = Record<string, unknown>

export interface TestProcess {
  pid: number
  /** Sends one line and waits for the answer that is not an acknowledgement */
  ask(verb: string, argument?: object): Promise<Answer>
  /** Numbers acknowledged so far */
  acknowledged(): number[]
  /** Resolves once `count` numbers are acknowledged */
  reached(count: number): Promise<void>
  kill(): Promise<void>
  /** Resolves with the exit code once it ended by itself */
  ended: Promise<number | null>
}

/** Runs db/testing-process.ts in a process of its own; `wrap` puts a command in front of it. */
export function startTestProcess(folder: string, wrap: string[] = []): TestProcess {
  const script = fileURLToPath(new URL('./testing-process.ts', import.meta.url))
  const [command = '', ...args] = [...wrap, process.execPath, script, folder]
  const child: ChildProcess = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: Interface = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const numbers: number[] = []
  const answers: ((answer: Answer) => void)[] = []
  const goals: { count: number; resolve: () => void }[] = []
  lines.on('line', (line) => {
    const answer = JSON.parse(line) as Answer
    if (typeof answer.acknowledged !== 'number') return answers.shift()?.(answer)
    numbers.push(answer.acknowledged)
    for (const { count, resolve } of goals) if (numbers.length >= count) resolve()
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return {
    pid: child.pid ?? 0,
    ask: (verb, argument = {}) =>
      new Promise((resolve, reject) => {
        answers.push(resolve)
        void ended.then((code) => reject(new Error(`the process ended with ${code} before it answered ${verb}`)))
        child.stdin?.write(`${verb} ${JSON.stringify(argument)}\n`)
      }),
    acknowledged: () => [...numbers],
    reached: (count) =>
      new Promise((resolve) => {
        if (numbers.length >= count) resolve()
        else goals.push({ count, resolve })
      }),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
    ended,
  }
}
