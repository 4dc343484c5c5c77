import type { DriverKind } from '../../packages/core/src/index.ts'
import {
  driverAddress,
  driverSettings,
  PRINTER_SETTINGS,
  type Setting,
  type SettingsSchema,
} from '../../packages/print/src/index.ts'
import { page, row } from './page.ts'

const DRIVERS: Readonly<Record<DriverKind, string>> = {
  ipp: 'Printers and print servers that speak the Internet Printing Protocol, CUPS among them. They report what they print, page by page.',
  raw: 'Label and receipt printers that take their language on port 9100. Those that answer status queries are asked after each item.',
  qz: 'Printers behind [QZ Tray](https://qz.io), driven by the station that they are connected to. They are told apart by the name that QZ Tray knows them by, percent-encoded; what came out is known from its events.',
  http: "Print servers that speak the label print server's contract of the [gateway](../guides/connect-an-erp.md).",
  virtual: 'The printer that comes with Andon, for trying things out and for the demonstration.',
}

/** The page of what can be set for a printer, from the schemas that check it. */
export function driversPage(): string {
  const kinds = Object.entries(DRIVERS) as [DriverKind, string][]
  return page('Settings of printers', [
    'What can be set for a printer: in its settings on the dashboard, and as `settings` of `POST /api/printers` and',
    '`PATCH /api/printers/{name}`. What is not set has the default that stands here.',
    '',
    '## Every printer',
    '',
    ...settingsTable(PRINTER_SETTINGS),
    '',
    ...kinds.flatMap(([kind, what]) => [
      `## ${kind}`,
      '',
      what,
      '',
      `Address: \`${driverAddress(kind).example}\` (${driverAddress(kind).schemes.join(', ')})`,
      '',
      ...settingsTable(driverSettings(kind)),
      '',
    ]),
  ])
}

function settingsTable(settings: SettingsSchema): string[] {
  const rows = Object.entries(settings).map(([name, setting]) =>
    row([`\`${name}\``, setting.description, allowedWords(setting), defaultWords(setting)]),
  )
  return ['| setting | what it does | may be | default |', '|---|---|---|---|', ...rows]
}

function allowedWords({ allowed, type }: Setting<unknown>): string {
  const words = typeof allowed === 'string' ? allowed : allowed.map((choice) => `\`${choice}\``).join(', ')
  return type === 'secret' ? `${words}; kept and never shown` : words
}

function defaultWords({ default: value }: Setting<unknown>): string {
  return value === '' ? 'not set' : `\`${String(value)}\``
}
