// Prints "passed failed" of a vitest JSON report, and on standard error each test that failed, with the first lines
// of its reason. A test that was skipped, and a run that ended badly without saying which test failed, count as failed.
// usage: node scripts/count-tests.mjs report.json exit-status
import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'

const REASON_LINES = 6

const [, , file, status] = process.argv
const report = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 0, testResults: [] }
const skipped = (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0)
let failed = report.numFailedTests + skipped
if (failed === 0 && (status !== '0' || report.numPassedTests === 0)) failed = 1
for (const { name, message, status: ended, assertionResults } of report.testResults) {
  const where = relative(process.cwd(), name)
  const bad = assertionResults.filter((test) => test.status !== 'passed')
  for (const test of bad) tell(`${where} > ${test.fullName}`, test.failureMessages?.join('\n') || test.status)
  if (ended === 'failed' && bad.length === 0) tell(where, message)
}
console.log(`${report.numPassedTests} ${failed}`)

function tell(what, reason) {
  console.error(`── failed: ${what}`)
  for (const line of reason.trim().split('\n').slice(0, REASON_LINES)) console.error(`     ${line}`)
}
