import type { ErrorEntry } from './entry.ts'

/** Refusals of a request: its form, its sender's rights, and the things it names. */
export const REQUEST_ERRORS = {
  invalid_json: {
    status: 400,
    title: 'The body is not valid JSON',
    hint: 'Check the place that is named; JSON needs double quotes and no trailing commas.',
    retryable: false,
  },
  json_too_deep: {
    status: 400,
    title: 'The JSON is nested too deeply',
    hint: 'Send at most 32 levels of objects and lists.',
    retryable: false,
  },
  nul_character: {
    status: 400,
    title: 'A text contains the NUL character',
    hint: 'Remove the character U+0000 from the named field.',
    retryable: false,
  },
  invalid_unicode: {
    status: 400,
    title: 'A text is not valid Unicode',
    hint: 'Send UTF-8 without lone surrogates.',
    retryable: false,
  },
  number_out_of_range: {
    status: 400,
    title: 'A number is outside the range that can be kept exactly',
    hint: 'Send numbers beyond 2^53 as text.',
    retryable: false,
  },
  cursor_invalid: {
    status: 400,
    title: 'The cursor does not belong to this query',
    hint: 'Start again without a cursor; a cursor is good only for the query, sort and user it was made for.',
    retryable: false,
  },
  origin_refused: {
    status: 403,
    title: 'The request came from a page that is not trusted',
    hint: 'Open the dashboard at its own address, or add the origin to the settings.',
    retryable: false,
  },
  job_not_found: {
    status: 404,
    title: 'There is no such job',
    hint: 'Check the id with: andon jobs list',
    retryable: false,
  },
  printer_not_found: {
    status: 404,
    title: 'There is no such printer',
    hint: 'See the printers with: andon printers list',
    retryable: false,
  },
  printer_exists: {
    status: 409,
    title: 'A printer of that name exists already',
    hint: 'Choose another name, or change the existing printer.',
    retryable: false,
  },
  queue_not_found: {
    status: 404,
    title: 'There is no such queue',
    hint: 'See the queues with: andon queues list',
    retryable: false,
  },
  pool_not_found: {
    status: 404,
    title: 'There is no such pool',
    hint: 'See the pools on the Printers page, or make it: andon pools add NAME.',
    retryable: false,
  },
  schedule_not_found: {
    status: 404,
    title: 'There is no such schedule',
    hint: 'See the schedules with: andon schedules list',
    retryable: false,
  },
  station_not_found: {
    status: 404,
    title: 'There is no such station',
    hint: 'See the stations with: andon stations list',
    retryable: false,
  },
  worker_not_found: {
    status: 404,
    title: 'There is no such worker',
    hint: 'A worker gets a new id at every start; see: andon workers list',
    retryable: false,
  },
  document_not_found: {
    status: 404,
    title: 'There is no such document',
    hint: 'Upload the document again; documents are removed some time after their last job has ended.',
    retryable: false,
  },
  user_not_found: {
    status: 404,
    title: 'There is no such user',
    hint: 'See the users with: andon users list',
    retryable: false,
  },
  token_not_found: {
    status: 404,
    title: 'There is no such token',
    hint: 'See the tokens with: andon tokens list',
    retryable: false,
  },
  item_not_found: {
    status: 404,
    title: 'The job has no such item',
    hint: 'Items are numbered from 1 to the number of items in the job.',
    retryable: false,
  },
  name_taken: {
    status: 409,
    title: 'That name is taken',
    hint: 'Choose another name, or change what has it.',
    retryable: false,
  },
  ambiguous_id: {
    status: 409,
    title: 'Several ids begin so',
    hint: 'Write more of the id.',
    retryable: false,
  },
  last_administrator: {
    status: 409,
    title: 'This is the last administrator',
    hint: 'Make somebody else an administrator first.',
    retryable: false,
  },
  idempotency_conflict: {
    status: 409,
    title: 'This idempotency key was used for another request',
    hint: 'Use a new key for a new request, and the same key only for the same body.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>
