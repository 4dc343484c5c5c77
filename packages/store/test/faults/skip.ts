/**
 * Whether a test has what it needs of the machine. Says in one line what is missing; where nothing may be skipped
 * (ANDON_TEST_NO_SKIP=1, as root, who could install or mount it) the test runs and fails.
 */
export function mustRun(missing: string | null): boolean {
  if (missing === null) return true
  console.error(`Skipped: ${missing}`)
  return process.env['ANDON_TEST_NO_SKIP'] === '1' && process.getuid?.() === 0
}
