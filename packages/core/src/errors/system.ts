import type { ErrorEntry } from './entry.ts'

/** Trouble of the installation itself: database, disk, process. */
export const SYSTEM_ERRORS = {
  database_unavailable: {
    status: 503,
    title: 'The database cannot be reached',
    hint: 'Wait a moment; if it stays so, see: andon db doctor',
    retryable: true,
  },
  database_timeout: {
    status: 503,
    title: 'The database did not answer in time',
    hint: 'Try again; if it stays so, see: andon db doctor',
    retryable: true,
  },
  database_newer: {
    status: 503,
    title: 'The database was made by a newer version',
    hint: 'Start the version of Andon that last used this database, or a later one.',
    retryable: false,
  },
  disk_full: {
    status: 503,
    title: 'The disk is full',
    hint: 'Make room on the disk of the database; reading goes on meanwhile and nothing is lost.',
    retryable: true,
  },
  embedded_in_use: {
    status: null,
    title: 'Another process uses this data folder',
    hint: 'Stop the other one, or choose another folder with --data.',
    retryable: false,
  },
  embedded_unsupported: {
    status: null,
    title: 'The embedded database does not run on this machine',
    hint: 'Set DATABASE_URL to a PostgreSQL server of version 15 or later.',
    retryable: false,
  },
  embedded_failed: {
    status: null,
    title: 'The embedded PostgreSQL could not be started',
    hint: 'Do what the message says; the log of the database lies in its data folder.',
    retryable: false,
  },
  migration_failed: {
    status: null,
    title: 'The database could not be brought up to date',
    hint: 'Nothing was changed. Restore a backup or start the version of Andon that the database belongs to.',
    retryable: false,
  },
  config_invalid: {
    status: null,
    title: 'A setting has a value that is not allowed',
    hint: 'Correct the named setting and start again.',
    retryable: false,
  },
  server_unreachable: {
    status: null,
    title: 'The Andon server cannot be reached',
    hint: 'Check that the server runs and that the address is right.',
    retryable: true,
  },
  timed_out: {
    status: 504,
    title: 'It took longer than the time allowed',
    hint: 'Try again with a longer time.',
    retryable: true,
  },
  shutting_down: {
    status: 503,
    title: 'The server is stopping',
    hint: 'Try again in a moment.',
    retryable: true,
  },
  overloaded: {
    status: 503,
    title: 'The server has too much to do',
    hint: 'Try again in a moment.',
    retryable: true,
  },
  internal: {
    status: 500,
    title: 'Something went wrong inside Andon',
    hint: 'Try again; if it stays so, report the request id to an administrator.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>
