import { STOPS, type TroubleshootingTable, WARNS } from './entry.ts'

/** Ribbon, toner, ink, waste and the parts that wear out. */
export const SUPPLY_TROUBLE = {
  'ribbon-empty': {
    ...STOPS,
    title: 'Ribbon is used up',
    what: 'The ribbon has ended or is torn.',
    steps: [
      'Put in a new ribbon of the same kind and width.',
      'Check that it winds the right way and lies flat under the print head.',
      'If your labels need no ribbon, set the printer to direct thermal.',
    ],
  },
  'ribbon-low': {
    ...WARNS,
    title: 'Ribbon runs low',
    what: 'The ribbon will soon be used up.',
    steps: ['Have a new ribbon of the same kind ready.'],
  },
  'ribbon-missing': {
    ...STOPS,
    title: 'Ribbon is missing',
    what: 'The printer is set to use a ribbon and finds none.',
    steps: ['Put in a ribbon, or set the printer to direct thermal if your labels need none.'],
  },
  'toner-empty': {
    ...STOPS,
    title: 'Toner is empty',
    what: 'The toner is used up.',
    steps: ['Put in a new toner cartridge of the colour that the display names.'],
  },
  'toner-low': {
    ...WARNS,
    title: 'Toner runs low',
    what: 'The toner will soon be used up.',
    steps: ['Have a new toner cartridge ready.'],
  },
  'toner-missing': {
    ...STOPS,
    title: 'Toner cartridge is missing',
    what: 'The printer finds no toner cartridge, or not one that fits.',
    steps: ['Push the cartridge in until it clicks.', 'Check that it is made for this printer.'],
  },
  'ink-empty': {
    ...STOPS,
    title: 'Ink is empty',
    what: 'An ink cartridge is used up.',
    steps: ['Put in a new cartridge of the colour that the display names.'],
  },
  'ink-low': {
    ...WARNS,
    title: 'Ink runs low',
    what: 'An ink cartridge will soon be used up.',
    steps: ['Have a new cartridge of that colour ready.'],
  },
  'ink-missing': {
    ...STOPS,
    title: 'Ink cartridge is missing',
    what: 'The printer finds no ink cartridge, or not one that fits.',
    steps: ['Push the cartridge in until it clicks.', 'Check that it is made for this printer.'],
  },
  'marker-supply-empty': {
    ...STOPS,
    title: 'Ink, toner or ribbon is empty',
    what: 'Something the printer prints with is used up.',
    steps: ['Look at the supplies of the printer, here or on its display.', 'Replace the one that is empty.'],
  },
  'marker-supply-low': {
    ...WARNS,
    title: 'Ink, toner or ribbon runs low',
    what: 'Something the printer prints with will soon be used up.',
    steps: ['Look at the supplies of the printer and have the lowest one ready.'],
  },
  'marker-supply-missing': {
    ...STOPS,
    title: 'Ink, toner or ribbon is missing',
    what: 'The printer finds nothing to print with in one of its places.',
    steps: ['Put in the supply that the display names until it clicks.'],
  },
  'marker-waste-full': {
    ...STOPS,
    title: 'Waste container is full',
    what: 'The container for used toner or ink is full.',
    steps: ['Replace the waste container, or empty it if the manual allows that.'],
  },
  'marker-waste-almost-full': {
    ...WARNS,
    title: 'Waste container is almost full',
    what: 'The printer will stop when the container for used toner or ink is full.',
    steps: ['Have a new waste container ready.'],
  },
  'developer-empty': {
    ...STOPS,
    title: 'Developer is used up',
    what: 'The developer unit of the printer is used up.',
    steps: ['Replace the developer unit, or call service.'],
  },
  'developer-low': {
    ...WARNS,
    title: 'Developer runs low',
    what: 'The developer unit of the printer will soon be used up.',
    steps: ['Order a new developer unit.'],
  },
  'opc-life-over': {
    ...STOPS,
    title: 'Drum is worn out',
    what: 'The drum of the printer has reached the end of its life.',
    steps: ['Replace the drum.'],
  },
  'opc-near-eol': {
    ...WARNS,
    title: 'Drum is nearly worn out',
    what: 'The drum of the printer will soon have to be replaced.',
    steps: ['Order a new drum.'],
  },
} as const satisfies TroubleshootingTable
