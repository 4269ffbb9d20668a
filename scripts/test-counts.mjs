// Prints "passed failed" of a test report (vitest or Playwright JSON), and on stderr the name and the first line of each
// failure. A run that ended badly without naming a failed test counts as one failure, and so does a run that ran nothing.
import { readFileSync } from 'node:fs'

const [file, code] = process.argv.slice(2)
const failures = []
let passed = 0
let failed = 0

/** Playwright nests suites in files; `ok` is false where no retry passed. */
function walk(suite, path) {
  for (const spec of suite.specs ?? [])
    if (!spec.ok) {
      const message = spec.tests.flatMap(({ results }) => results.flatMap(({ error }) => error?.message ?? []))[0]
      failures.push([[...path, suite.title, spec.title].join(' › '), message])
    }
  for (const inner of suite.suites ?? []) walk(inner, [...path, suite.title])
}

try {
  const report = JSON.parse(readFileSync(file, 'utf8'))
  if (report.stats) {
    passed = report.stats.expected + report.stats.flaky
    failed = report.stats.unexpected
    for (const suite of report.suites) walk(suite, [])
  } else {
    passed = report.numPassedTests
    failed = report.numFailedTests
    for (const { name, message, status, assertionResults } of report.testResults) {
      const own = assertionResults.filter((one) => one.status === 'failed')
      for (const { fullName, failureMessages } of own) failures.push([`${name} › ${fullName}`, failureMessages[0]])
      if (status === 'failed' && own.length === 0) failures.push([name, message])
    }
  }
} catch (error) {
  failed = 1
  failures.push([file, String(error)])
}
if (failed === 0 && (code !== '0' || passed === 0)) {
  failed = 1
  failures.push([file, `the run ended with ${code} and ${passed} passed tests`])
}
for (const [name, message] of failures) console.error(`${name}: ${String(message).split('\n')[0].slice(0, 300)}`)
console.log(`${passed} ${failed}`)
