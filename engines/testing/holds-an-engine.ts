// A program that starts one process in a folder of its own and prints both; the tests end it in different ways.
import { runEngine } from '../run.ts'

await runEngine('held', {}, async (run) => {
  const { pid } = run.start({ program: '/bin/sleep', args: ['600'] })
  console.log(JSON.stringify({ pid, dir: run.dir }))
})
if (process.argv[2] === 'exit') process.exit(3)
setInterval(() => undefined, 1_000)
