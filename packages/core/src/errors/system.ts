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
  station_in_use: {
    status: null,
    title: 'A station runs in this folder already',
    hint: 'Stop the other one first, or give this one a folder of its own with --data.',
    retryable: false,
  },
  journal_unavailable: {
    status: null,
    title: 'This browser cannot keep the journal of the station',
    hint: 'Open the page in a normal window, not a private one, let the site keep data, and see that the disk is not full.',
    retryable: true,
  },
  config_invalid: {
    status: null,
    title: 'A setting has a value that is not allowed',
    hint: 'Correct the named setting and start again.',
    retryable: false,
  },
  shutting_down: {
    status: 503,
    title: 'The server is stopping',
    hint: 'Try again in a moment.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>
