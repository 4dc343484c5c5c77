// Prints "passed failed" of a vitest JSON report. A test that was skipped, and a run that ended badly without saying
// which test failed, count as failed.
// usage: node scripts/count-tests.mjs report.json exit-status
import { existsSync, readFileSync } from 'node:fs'

const [, , file, status] = process.argv
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { numPassedTests: 0, numFailedTests: 0 }
const skipped = (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0)
let failed = report.numFailedTests + skipped
if (failed === 0 && (status !== '0' || report.numPassedTests === 0)) failed = 1
console.log(`${report.numPassedTests} ${failed}`)
