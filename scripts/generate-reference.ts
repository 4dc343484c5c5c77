// Writes the pages of docs/reference, the drawing of the states and the fields that the command line lists from the
// code, or with --check says which of them are out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  ERRORS,
  HOLD_REASONS,
  JOB_STATES,
  PHASE_TRANSITIONS,
  STATE_ADVICE,
  TRANSITIONS,
  TROUBLESHOOTING,
} from '../packages/core/src/index.ts'
import { accessPage } from './reference/access.ts'
import { cliFieldsModule } from './reference/cli-fields.ts'
import { cliPage } from './reference/cli.ts'
import { driversPage } from './reference/drivers.ts'
import { openApiText } from './reference/openapi.ts'
import { page, row } from './reference/page.ts'

const root = join(import.meta.dirname, '..')
const isCheck = process.argv.includes('--check')

const pages: Record<string, string> = {
  'docs/reference/access.md': accessPage(),
  'docs/reference/cli.md': await cliPage(),
  'docs/reference/drivers.md': driversPage(),
  'docs/reference/errors.md': errorsPage(),
  'docs/reference/openapi.json': openApiText(),
  'docs/reference/troubleshooting.md': troubleshootingPage(),
  'docs/states.md': statesPage(),
  'packages/cli/src/output/fields.ts': cliFieldsModule(),
}

const outdated = Object.entries(pages).filter(([path, text]) => !isCurrent(path, text))
for (const [path, text] of outdated) {
  if (isCheck) console.error(`${path} is out of date: run npm run generate`)
  else write(path, text)
}
console.log(`generated pages: ${Object.keys(pages).length}, out of date: ${outdated.length}`)
process.exitCode = isCheck && outdated.length > 0 ? 1 : 0

function isCurrent(path: string, text: string): boolean {
  const file = join(root, path)
  return existsSync(file) && readFileSync(file, 'utf8') === text
}

function write(path: string, text: string): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

function errorsPage(): string {
  const rows = Object.entries(ERRORS)
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([code, { status, title, hint, retryable }]) =>
      row([`\`${code}\``, String(status ?? ''), title, hint, retryable ? 'yes' : 'no']),
    )
  return page('Errors', [
    'Every error has a code that never changes its meaning. Over HTTP it comes as a problem document (RFC 9457) with',
    '`code`, `detail` (what happened this time), `hint` (what to do) and, where one is to blame, `field`.',
    '',
    '| code | HTTP | what | what to do | worth another try |',
    '|---|---|---|---|---|',
    ...rows,
  ])
}

function troubleshootingPage(): string {
  const entries = TROUBLESHOOTING.flatMap(({ reason, severity, title, what, steps, pausesQueue, mendsItself }) => [
    `## ${title}`,
    '',
    `\`${reason}\` · ${severity} · ${pausesQueue ? 'pauses the queue' : 'the queue goes on'} · ${mendsItself ? 'mends itself' : 'needs a person'}`,
    '',
    what,
    '',
    ...steps.map((step, index) => `${index + 1}. ${step}`),
    '',
  ])
  return page('Troubleshooting', [
    'What printers report, what it means, and what to do about it. The same words stand on the dashboard and in the CLI.',
    '',
    ...entries,
  ])
}

function statesPage(): string {
  return page('States of a job', [
    'Four phases inside say who may act on a job; eight words outside say what people read.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...PHASE_TRANSITIONS.map(({ from, to, by, why }) => `  ${from} --> ${to}: ${by}, ${why}`),
    '```',
    '',
    '| phase | states | who has it |',
    '|---|---|---|',
    `| waiting | pending (${HOLD_REASONS.join(', ')}) | nobody: it is not eligible |`,
    '| ready | queued | nobody: whoever claims it first |',
    '| held | sent, queued, running | the worker with the token |',
    '| final | completed, completed_with_errors, failed, cancelled | the history |',
    '',
    '| state | may be followed by | what a person does |',
    '|---|---|---|',
    ...JOB_STATES.map((state) =>
      row([`\`${state}\``, TRANSITIONS[state].join(', ') || 'nothing: it is final', STATE_ADVICE[state]]),
    ),
  ])
}
