import type { ErrorEntry } from './entry.ts'

/** What can go wrong between the press, the scanners and the shop's two databases. */
export const FLOOR_ERRORS = {
  floor_not_configured: {
    status: 404,
    title: 'Andon is not connected to a production floor',
    hint: "Set FLOOR_JOBMANAGER_URL and FLOOR_LOGS_URL to the shop's two databases and start Andon again.",
    retryable: false,
  },
  floor_unavailable: {
    status: 503,
    title: 'A database of the shop does not answer',
    hint: 'Start the database or mend its connection. What was scanned and printed meanwhile is processed afterwards.',
    retryable: true,
  },
  floor_refused: {
    status: 503,
    title: 'A database of the shop does not let Andon in',
    hint: 'Check name, password and rights of the user in FLOOR_JOBMANAGER_URL and FLOOR_LOGS_URL.',
    retryable: false,
  },
  floor_not_migrated: {
    status: 503,
    title: 'A database of the shop lacks what Andon adds to it',
    hint: 'See what would be added with: andon floor migrate --plan. Then run: andon floor migrate',
    retryable: false,
  },
  floor_schema_mismatch: {
    status: 503,
    title: 'A table of the shop is not as Andon expects it',
    hint: 'Give the named columns the named types, or point Andon at the right database.',
    retryable: false,
  },
  floor_pass_failed: {
    status: 503,
    title: 'The pass did not come to its end',
    hint: 'Look at its job, which is named; what is not done yet is done by the next pass.',
    retryable: true,
  },
  runlist_not_found: {
    status: 404,
    title: 'There is no such runlist',
    hint: 'Check the code; runlists with a similar name are listed in "candidates".',
    retryable: false,
  },
  imposition_not_found: {
    status: 404,
    title: 'There is no such imposition',
    hint: 'Check the name; impositions with a similar name are listed in "candidates".',
    retryable: false,
  },
  floor_job_not_found: {
    status: 404,
    title: 'The floor knows no such job',
    hint: 'A job is named by two numbers, such as 4604_5889.',
    retryable: false,
  },
  code_unknown: {
    status: 404,
    title: 'Nothing has this code',
    hint: 'Scan the code of a runlist, or of a job with its version such as 4604_5889_1. The scan is kept and tried again.',
    retryable: false,
  },
  code_ambiguous: {
    status: 409,
    title: 'Several runlists have this job',
    hint: 'Scan the code of one of the runlists in "candidates". The scan is kept.',
    retryable: false,
  },
  operations_malformed: {
    status: 400,
    title: 'The scan does not say which operations were done',
    hint: 'Send operations as {"operations":["coating"]}, ["op003"] or {"coating":true}.',
    retryable: false,
  },
  machine_unknown: {
    status: 404,
    title: 'There is no machine of this name',
    hint: 'Check the machine of the scanner; machines that have scanned before are listed in "candidates".',
    retryable: false,
  },
  floor_error_not_found: {
    status: 404,
    title: 'There is no such processing error',
    hint: 'It may have been dismissed or mended meanwhile; load the list anew.',
    retryable: false,
  },
  override_active: {
    status: 409,
    title: 'The operation is overridden already',
    hint: 'Lift the override that is there, then set another.',
    retryable: false,
  },
  override_not_found: {
    status: 404,
    title: 'There is no such override',
    hint: 'It may have been lifted meanwhile; load the job anew.',
    retryable: false,
  },
  print_beat_unauthorised: {
    status: 502,
    title: 'HP Print Beat does not accept the key',
    hint: 'Check PRINT_BEAT_KEY and PRINT_BEAT_SECRET, that the key has the role "Jobs Enquiries", and the clock of this machine.',
    retryable: false,
  },
  print_beat_rate_limited: {
    status: 503,
    title: 'HP Print Beat asks for fewer requests',
    hint: 'Andon goes on by itself. If it happens again and again, other software uses the same key: give each its own.',
    retryable: true,
  },
  print_beat_unavailable: {
    status: 503,
    title: 'HP Print Beat does not answer',
    hint: 'Andon tries again by itself and misses nothing. If it stays so, check the network and PRINT_BEAT_URL.',
    retryable: true,
  },
  print_beat_unexpected: {
    status: 502,
    title: 'HP Print Beat answers with something other than a list of jobs',
    hint: 'Check PRINT_BEAT_URL, such as https://printos.api.hp.com/printbeat, and PRINT_BEAT_DEVICES.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>
