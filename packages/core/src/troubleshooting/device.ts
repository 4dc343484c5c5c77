import { INFORMS, STOPS, type TroubleshootingTable, WAITS, WARNS } from './entry.ts'

/** States of the device itself: temperature, pause, memory, defects. */
export const DEVICE_TROUBLE = {
  'needs-attention': {
    ...STOPS,
    title: 'The printer needs attention',
    what: 'The printer can be reached but does not say what it is missing. Label printers fall silent when media or ribbon is out, the head is open, or it is too hot.',
    steps: [
      'Look at the display and the lights of the printer.',
      'Check media, ribbon, cover and print head.',
      'Let it cool down if it is hot.',
      'Switch it off and on if it shows nothing wrong.',
    ],
  },
  'device-error': {
    ...STOPS,
    title: 'The printer reports a defect',
    what: 'The printer has an error that it does not describe, or from which it cannot recover.',
    steps: [
      'Read the error on its display.',
      'Switch it off, wait ten seconds, and switch it on.',
      'Call service if the error returns.',
    ],
  },
  'recoverable-error': {
    ...WAITS,
    title: 'The printer recovers from an error',
    what: 'The printer stopped by itself, for example because the print head is hot, and goes on when it can.',
    steps: ['Wait a minute.', 'If it does not go on, switch it off and on.'],
  },
  overheated: {
    ...WAITS,
    title: 'The printer is too hot',
    what: 'Print head or fuser are too hot. The printer goes on when it has cooled down.',
    steps: ['Wait a few minutes.', 'Clean the print head and lower the darkness if it happens often.'],
  },
  'too-cold': {
    ...WARNS,
    mendsItself: true,
    title: 'The printer is too cold',
    what: 'Print head or fuser have not reached their temperature; print may be faint.',
    steps: ['Wait until the printer has warmed up.', 'Check the temperature of the room.'],
  },
  paused: {
    ...STOPS,
    title: 'Paused at the printer',
    what: 'Somebody pressed pause at the printer, or paused its queue on the print server.',
    steps: [
      'Press pause or resume at the printer.',
      'If its display shows nothing, resume its queue on the print server.',
    ],
  },
  'moving-to-paused': {
    ...WARNS,
    title: 'The printer is about to pause',
    what: 'The printer finishes what it does and pauses then.',
    steps: ['Press resume at the printer if that was not meant.'],
  },
  held: {
    ...WARNS,
    title: 'Held at the printer',
    what: 'The job lies in the queue of the printer or print server and waits to be released there.',
    steps: ['Release the job at the printer or on the print server.'],
  },
  stopped: {
    ...STOPS,
    title: 'The printer has stopped',
    what: 'The printer or its queue on the print server was stopped.',
    steps: ['Look at the message of the printer.', 'Start it again at the printer or on the print server.'],
  },
  'stopped-partly': {
    ...WARNS,
    title: 'Part of the printer has stopped',
    what: 'One of several devices behind this printer has stopped; the others go on.',
    steps: ['Look at the devices behind this printer and start the one that stands still.'],
  },
  'not-accepting-jobs': {
    ...STOPS,
    title: 'The printer accepts no jobs',
    what: 'The queue on the print server or the printer refuses new jobs.',
    steps: ['Let the queue accept jobs again on the print server.'],
  },
  'spool-area-full': {
    ...STOPS,
    title: 'Spool is full',
    what: 'The printer or print server has no room for more data.',
    steps: ['Cancel old jobs at the printer or print server.', 'Make room on the disk of the print server.'],
  },
  'memory-full': {
    ...STOPS,
    title: 'The memory of the printer is full',
    what: 'The printer has no memory left for the job.',
    steps: [
      'Cancel what waits at the printer.',
      'Delete graphics and fonts that were stored in it.',
      'Switch it off and on.',
    ],
  },
  'buffer-full': {
    ...INFORMS,
    title: 'The receive buffer is full',
    what: 'The printer has got as much as it can take and prints it first.',
    steps: [],
  },
  'partial-format': {
    ...WARNS,
    title: 'The printer has half a label',
    what: 'The printer got the beginning of a label and waits for its end.',
    steps: [
      'Wait until sending is done.',
      'If nothing is being sent, cancel at the printer: half a label spoils the next one.',
    ],
  },
  'configuration-lost': {
    ...STOPS,
    title: 'The printer has lost its settings',
    what: 'The memory with the settings of the printer is damaged.',
    steps: ['Set the printer up again and calibrate it.', 'Have its battery checked if it happens again.'],
  },
  'device-busy': {
    ...WAITS,
    title: 'The printer is busy',
    what: 'The printer works for somebody else, or is stuck on a job that never got its document.',
    steps: ['Wait a minute.', 'If it stays so, cancel the job that the printer shows, or switch it off and on.'],
  },
  stalled: {
    ...STOPS,
    title: 'The printer does not get on',
    what: 'The printer has the job but has reported no progress for longer than its stall timeout.',
    steps: ['Go to the printer and look at its display.', 'Check whether it can be reached from its print server.'],
  },
  deactivated: {
    ...STOPS,
    title: 'The printer is deactivated',
    what: 'The printer was taken out of service.',
    steps: ['Put it into service at its own settings page, or choose another printer.'],
  },
  'queue-deleted': {
    ...STOPS,
    title: 'The queue was deleted',
    what: 'The queue of this printer is being deleted on its print server.',
    steps: ['Add the queue again, or choose another printer.'],
  },
  other: {
    ...WARNS,
    title: 'The printer reports something else',
    what: 'The printer has a reason that the standard has no word for.',
    steps: ['Look at the message and the display of the printer.'],
  },
  'connecting-to-device': {
    ...INFORMS,
    title: 'Connecting',
    what: 'The print server is connecting to the printer.',
    steps: [],
  },
  'warming-up': { ...INFORMS, title: 'Warming up', what: 'The printer is getting ready.', steps: [] },
  'power-save': {
    ...INFORMS,
    title: 'Asleep',
    what: 'The printer saves power and wakes up for the next job.',
    steps: [],
  },
  processing: { ...INFORMS, title: 'Printing', what: 'The printer is working.', steps: [] },
  'identify-printer': {
    ...INFORMS,
    title: 'Showing itself',
    what: 'Somebody asked the printer to blink or beep.',
    steps: [],
  },
} as const satisfies TroubleshootingTable
