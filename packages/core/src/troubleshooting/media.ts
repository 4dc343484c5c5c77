import { STOPS, type TroubleshootingTable, WARNS } from './entry.ts'

/** Paper, labels, trays, covers and cutters. */
export const MEDIA_TROUBLE = {
  'media-empty': {
    ...STOPS,
    title: 'Out of paper or labels',
    what: 'The printer has no media left and waits for more.',
    steps: [
      'Open the printer and put in a new roll or stack of the same size.',
      'Close it and feed one label, so that the printer finds the gap.',
      'If it still reports empty, clean the media sensor and calibrate the printer.',
    ],
  },
  'media-low': {
    ...WARNS,
    title: 'Paper or labels run low',
    what: 'The printer still prints, but its media will soon be used up.',
    steps: ['Have a new roll or stack of the same size ready.', 'Change it between two jobs if the next one is large.'],
  },
  'media-needed': {
    ...STOPS,
    title: 'Paper must be loaded',
    what: 'The printer asks for media: the tray is empty, or the job wants a size or kind that is not loaded.',
    steps: [
      'Read on the display of the printer which size it asks for.',
      'Load that media, or confirm on the display that what is loaded may be used.',
    ],
  },
  'media-jam': {
    ...STOPS,
    title: 'Paper jam',
    what: 'Media is stuck in the printer.',
    steps: [
      'Open the cover and lift the print head.',
      'Pull the media out slowly in the direction it runs, without tearing it.',
      'Look for labels that stick to the roller and take them off.',
      'Close the printer and feed one label.',
      'Count which labels came out before you print any again.',
    ],
  },
  'media-size-mismatch': {
    ...STOPS,
    title: 'Wrong media size',
    what: 'What is loaded has another size or kind than the job asks for.',
    steps: [
      'Compare the size of the job with what is loaded.',
      'Load the right media, or cancel the job and choose a printer that has it.',
    ],
  },
  'input-tray-missing': {
    ...STOPS,
    title: 'Tray is missing',
    what: 'The tray that the job needs is not in the printer.',
    steps: ['Push the tray in until it clicks.', 'Check that it holds the media the job needs.'],
  },
  'output-tray-missing': {
    ...STOPS,
    title: 'Output tray is missing',
    what: 'The printer has no place to put what it prints.',
    steps: ['Put the output tray or rewinder back in place.'],
  },
  'output-area-full': {
    ...STOPS,
    title: 'Output is full',
    what: 'The output tray or rewinder is full, so the printer has stopped.',
    steps: ['Take out what was printed.', 'Empty the rewinder if there is one.'],
  },
  'output-area-almost-full': {
    ...WARNS,
    title: 'Output is almost full',
    what: 'The printer will stop when the output tray or rewinder is full.',
    steps: ['Take out what was printed.'],
  },
  'label-waiting': {
    ...STOPS,
    title: 'A label waits to be taken',
    what: 'The printer holds a peeled label and prints the next one when it is taken away.',
    steps: ['Take the label off.', 'If none is there, clean the label-taken sensor.'],
  },
  'cover-open': {
    ...STOPS,
    title: 'Cover or print head is open',
    what: 'A cover, a door or the print head is open.',
    steps: [
      'Close the cover and the print head until they click.',
      'If it still reports open, look for media in the latch.',
    ],
  },
  'cutter-jam': {
    ...STOPS,
    title: 'Cutter is jammed',
    what: 'The cutter cannot move.',
    steps: [
      'Switch the printer off.',
      'Take out the media in front of the cutter; keep your fingers away from the blade.',
      'Switch it on again: the cutter returns to its place.',
    ],
  },
} as const satisfies TroubleshootingTable
