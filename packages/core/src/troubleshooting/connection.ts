import { REFUSES, STOPS, type TroubleshootingTable, WAITS, WARNS } from './entry.ts'

/** What stands between Andon and the printer: network, print servers, QZ Tray, stations; and documents. */
export const CONNECTION_TROUBLE = {
  offline: {
    ...STOPS,
    title: 'Printer is offline',
    what: 'The printer is switched off, set offline, or not connected.',
    steps: ['Check that the printer is switched on.', 'Check its cable or Wi-Fi.', 'Set it online at its display.'],
  },
  unreachable: {
    ...STOPS,
    title: 'Printer cannot be reached',
    what: 'Nothing answers at the network address of the printer.',
    steps: [
      'Check that the printer is switched on and its network cable or Wi-Fi is connected.',
      'Compare the address on its display with the address in its settings here.',
      'Ask whether the network or a firewall was changed.',
    ],
  },
  'connection-refused': {
    ...STOPS,
    title: 'Connection is refused',
    what: 'The machine at the address is on, but nothing listens at this port: the printer starts, its service is switched off, or the port is another.',
    steps: [
      'Wait a minute if the printer was just switched on.',
      'Compare the port with the driver: 631 is usual for IPP, 9100 for label printers.',
      'Switch the service on in the network settings of the printer.',
    ],
  },
  'timed-out': {
    ...STOPS,
    title: 'Printer does not answer',
    what: 'The printer can be reached but did not answer in time.',
    steps: [
      'Look at its display: it may wait for media, ribbon or a closed cover.',
      'Switch it off and on if it shows nothing wrong.',
    ],
  },
  shutdown: {
    ...STOPS,
    title: 'Printer was shut down',
    what: 'The printer was switched off or restarts.',
    steps: ['Switch the printer on and wait until it is ready.'],
  },
  'not-a-printer': {
    ...STOPS,
    title: 'Not a printer',
    what: 'What answers at the address does not speak the language of a printer.',
    steps: [
      'Check address, port and path in the settings of the printer.',
      'Check whether another device got its address.',
    ],
  },
  'wrong-protocol': {
    ...STOPS,
    title: 'It speaks another language',
    what: 'Something answers at the address, but not in the language of the driver that is set for the printer.',
    steps: [
      'Choose the driver that fits what answers, or correct port and path of the address.',
      'Check whether another device got its address.',
    ],
  },
  'auth-required': {
    ...STOPS,
    title: 'Printer asks for a password',
    what: 'The printer or print server wants a name and password.',
    steps: ['Enter the credentials in the settings of the printer.'],
  },
  'certificate-untrusted': {
    ...STOPS,
    title: 'Certificate is not trusted',
    what: 'The certificate of the printer, print server or QZ Tray is unknown, expired or was changed.',
    steps: ['Check that it is the right device.', 'Install its certificate, or ours in QZ Tray, and try again.'],
  },
  'driver-missing': {
    ...STOPS,
    title: 'Driver is missing',
    what: 'The print server lacks a program that it needs for this printer.',
    steps: ['Install the driver or filter on the print server, or add the printer directly.'],
  },
  'unsupported-format': {
    ...REFUSES,
    title: 'Format is not supported',
    what: 'The printer cannot print documents of this format.',
    steps: ['Send it in a format that the printer accepts.', 'Or choose another printer.'],
  },
  'invalid-zpl': {
    ...REFUSES,
    title: 'Label is not valid ZPL',
    what: 'The label does not begin with ^XA and end with ^XZ, or holds commands that the printer refuses.',
    steps: [
      'Look at the label in the preview.',
      'Have the program that made the label corrected, and send the job again.',
    ],
  },
  'document-refused': {
    ...REFUSES,
    title: 'Document was refused',
    what: 'The printer or print server did not take the document. Nothing was printed.',
    steps: ['Open the document to see whether it is whole.', 'Check its format and size, and send it again.'],
  },
  'document-fetch-failed': {
    ...REFUSES,
    title: 'Document could not be fetched',
    what: 'The document could not be loaded from its address.',
    steps: ['Open the address in a browser without signing in.', 'Upload the document instead.'],
  },
  'job-aborted': {
    ...REFUSES,
    title: 'Printer gave the job up',
    what: 'The printer or print server ended the job before it was printed completely.',
    steps: ['Read the message of the printer.', 'Count what came out, and print the rest again.'],
  },
  'job-cancelled': {
    ...REFUSES,
    title: 'Cancelled at the printer',
    what: 'Somebody deleted the job at the printer or on the print server.',
    steps: ['Ask who cancelled it.', 'Count what came out, and print the rest again if it is wanted.'],
  },
  unconfirmed: {
    ...REFUSES,
    title: 'Needs confirmation',
    what: 'The data left, but the connection was lost before the printer said that it was printed. It is not sent again by itself, since it could come out twice.',
    steps: [
      'Go to the printer and count what came out.',
      'Choose "It was printed" if all is there.',
      'Otherwise choose "Print again from item N" with the first one missing.',
    ],
  },
  'print-server-refused': {
    ...REFUSES,
    title: 'Print server refused the job',
    what: 'The print server answered that it will not print this job.',
    steps: ['Read its answer.', 'Correct printer name, quantity or labels, and send the job again.'],
  },
  'print-server-unauthorised': {
    ...STOPS,
    title: 'Print server does not accept our key',
    what: 'The key for the print server is missing, wrong or expired.',
    steps: ['Enter a valid key in the settings of the print server.'],
  },
  'print-server-overloaded': {
    ...WAITS,
    title: 'Print server has too much to do',
    what: 'The print server asked us to wait.',
    steps: ['Wait: the job is sent again by itself.', 'Spread large orders if it happens often.'],
  },
  'print-server-unreachable': {
    ...STOPS,
    title: 'Print server cannot be reached',
    what: 'Nothing answers at the address of the print server.',
    steps: ['Check that the machine and the print server on it run.', 'Check its address in the settings.'],
  },
  'print-server-failed': {
    ...WARNS,
    mendsItself: true,
    title: 'Print server had an error',
    what: 'The print server answered with an error of its own.',
    steps: ['Look into the log of the print server.', 'Start it again if the error stays.'],
  },
  'qz-not-running': {
    ...STOPS,
    title: 'QZ Tray is not running',
    what: 'The program that drives the printers of the station cannot be reached on it.',
    steps: ['Start QZ Tray on the machine of the printer.', 'Set it to start with the machine.'],
  },
  'qz-blocked': {
    ...STOPS,
    title: 'QZ Tray blocks us',
    what: 'Somebody chose to block this site in QZ Tray.',
    steps: [
      'Open the Site Manager of QZ Tray.',
      'Remove the site from the blocked ones and allow it, with "Remember this decision".',
    ],
  },
  'not-driven': {
    ...STOPS,
    title: 'No process drives the printer',
    what: 'Jobs wait for it, but no server, worker or station takes them.',
    steps: [
      'For a printer of a station: open the station page on its machine, or start: andon station',
      'Otherwise start a server or a worker: andon server, or andon worker',
    ],
  },
  'station-asleep': {
    ...STOPS,
    title: 'Station is asleep',
    what: 'The station machine has not been heard of for two minutes: it sleeps, is off, or has no network.',
    steps: [
      'Wake the machine up.',
      'Open its station page, or start: andon station',
      'Switch off its sleep in the energy settings.',
    ],
  },
} as const satisfies TroubleshootingTable
