// Prints "passed failed" of a test report (vitest or Playwright JSON). A run that ended badly without naming a failed
// test counts as one failure, and so does a run that ran nothing.
import { readFileSync } from 'node:fs'

const [file, code] = process.argv.slice(2)
let passed = 0
let failed = 0
try {
  const report = JSON.parse(readFileSync(file, 'utf8'))
  if (report.stats) {
    passed = report.stats.expected + report.stats.flaky
    failed = report.stats.unexpected
  } else {
    passed = report.numPassedTests
    failed = report.numFailedTests
  }
} catch {
  failed = 1
}
if (failed === 0 && (code !== '0' || passed === 0)) failed = 1
console.log(`${passed} ${failed}`)
