import {
  AccountView,
  AlertView,
  AuditView,
  DiscoveredPrinterView,
  ErrorGroupView,
  JobView,
  LogView,
  MonthView,
  PoolView,
  PrinterView,
  ProcessingError,
  QueueView,
  RetentionRule,
  RuleView,
  ScheduleView,
  StationView,
  TokenView,
  WorkerView,
} from '../../packages/core/src/index.ts'

/** Longest line that the formatter leaves whole. */
const LINE = 120

/** What `andon` lists as it comes over the wire. */
const LISTED = {
  AccountView,
  AlertView,
  AuditView,
  DiscoveredPrinterView,
  ErrorGroupView,
  JobView,
  LogView,
  MonthView,
  PoolView,
  PrinterView,
  ProcessingError,
  QueueView,
  RetentionRule,
  RuleView,
  ScheduleView,
  StationView,
  TokenView,
  WorkerView,
}

/** The module that tells the command line the fields of what it lists, since the schemas take too long to load. */
export function cliFieldsModule(): string {
  return [
    '// Written by `npm run generate` from the schemas. Do not edit.',
    '',
    '/** The fields of what is listed, in the order of the wire: what `--json` may name though the list is empty. */',
    'export const FIELDS = {',
    ...Object.entries(LISTED).map(([name, { properties }]) => member(name, Object.keys(properties))),
    '} as const',
    '',
  ].join('\n')
}

function member(name: string, fields: readonly string[]): string {
  const quoted = fields.map((field) => `'${field}'`)
  const line = `  ${name}: [${quoted.join(', ')}],`
  return line.length <= LINE ? line : [`  ${name}: [`, ...quoted.map((field) => `    ${field},`), '  ],'].join('\n')
}
