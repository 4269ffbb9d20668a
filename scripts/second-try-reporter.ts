import { appendFileSync } from 'node:fs'
import type { Reporter, TestCase } from 'vitest/node'

/** Names every test that failed and then passed: such a test is a defect to be mended, not to be forgotten. */
export default class SecondTryReporter implements Reporter {
  private readonly file: string

  constructor({ file }: { file: string }) {
    this.file = file
  }

  onTestCaseResult(test: TestCase): void {
    if (!test.diagnostic()?.flaky) return
    const [error] = test.result().errors ?? []
    appendFileSync(
      this.file,
      `${test.module.relativeModuleId} › ${test.fullName}: ${error?.message.split('\n')[0] ?? ''}\n`,
    )
  }
}
