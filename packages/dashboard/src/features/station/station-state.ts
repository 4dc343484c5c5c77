import { type PrinterView, troubleshoot, type TroubleView } from '@andon/core'
import type { PageState } from '@andon/station/browser'
import { problemWords } from '../../ui/problem-words.ts'
import type { Look } from '../../ui/state-badge.tsx'

/** What the page says of itself in one word, and in one sentence. */
export interface StationWords {
  readonly look: Look
  readonly text: string
}

/** How the page stands with its station and QZ Tray; `isLeftOut` when something else drives all of its printers. */
export function stationWords(state: PageState, isLeftOut: boolean): StationWords {
  switch (state.phase) {
    case 'driving':
      return drivingWords(state, isLeftOut)
    case 'aside':
      return {
        look: { word: 'Another tab drives', icon: 'hand', tone: 'idle' },
        text: 'It prints all the same. This tab takes over when the other one is closed.',
      }
    case 'starting':
      return {
        look: { word: 'Connecting', icon: 'wait', tone: state.problem === null ? 'idle' : 'warn' },
        text: state.problem === null ? 'Asks the server for its printers.' : 'The server is tried again by itself.',
      }
    case 'unable':
      return {
        look: { word: 'Cannot drive here', icon: 'xCircle', tone: 'bad' },
        text: 'Nothing is printed from this browser.',
      }
    case 'refused':
      return {
        look: { word: 'Refused', icon: 'xCircle', tone: 'bad' },
        text: 'The server does not let this page drive.',
      }
    case 'stopping':
      return { look: { word: 'Finishing', icon: 'wait', tone: 'idle' }, text: 'What is under way is finished first.' }
    case 'stopped':
      return { look: { word: 'Starting', icon: 'wait', tone: 'idle' }, text: 'Looks whether another tab drives.' }
  }
}

function drivingWords({ qz }: Extract<PageState, { phase: 'driving' }>, isLeftOut: boolean): StationWords {
  if (qz?.state === 'connected' && isLeftOut) {
    return {
      look: { word: 'Connected', icon: 'hand', tone: 'warn' },
      text: 'Something else drives these printers: a page on another machine or in another browser, or the agent.',
    }
  }
  if (qz?.state === 'connected') {
    const version = qz.version === null ? '' : ` ${qz.version}`
    return {
      look: { word: 'Connected', icon: 'checkCircle', tone: 'ok' },
      text: `This tab drives the printers through QZ Tray${version}. Leave it open.`,
    }
  }
  if (qz?.state === 'error') {
    return { look: { word: 'Error', icon: 'alert', tone: 'bad' }, text: 'QZ Tray runs, and does not let us in.' }
  }
  return {
    look: { word: 'Disconnected', icon: 'offline', tone: 'bad' },
    text: 'QZ Tray cannot be reached. It is tried again by itself.',
  }
}

/** Everything that keeps the page from printing, worst first, each with what to do. */
export function stationTroubles(state: PageState): readonly TroubleView[] {
  switch (state.phase) {
    case 'driving':
      return [...problemTrouble(state.problem), ...qzTrouble(state)]
    case 'starting':
    case 'refused':
      return problemTrouble(state.problem)
    case 'unable':
      return [unableTrouble(state)]
    case 'aside':
    case 'stopped':
    case 'stopping':
      return []
  }
}

const QZ_STEPS: Readonly<Record<string, readonly string[]>> = {
  'qz-not-running': [
    'Start QZ Tray on this machine: its picture then stands beside the clock.',
    'If the browser asks whether this page may reach other programs on this device, allow it.',
    'If QZ Tray listens on another port, write that under "Connection with QZ Tray" below.',
  ],
  'certificate-untrusted': [
    'Look for the window of QZ Tray and allow this site, with "Remember this decision".',
    'To have no such window at all, download the certificate under "Connection with QZ Tray" below and install it.',
  ],
}

function qzTrouble({ qz }: Extract<PageState, { phase: 'driving' }>): TroubleView[] {
  const reason = qz?.reason ?? null
  if (reason === null) return []
  const { severity, steps, title, what } = troubleshoot(reason.reason, reason.raw)
  const own = QZ_STEPS[reason.reason] ?? steps
  // What a browser says of a socket that did not open says nothing.
  const raw = reason.reason === 'qz-not-running' ? '' : reason.raw
  return [{ reason: reason.reason, severity, title, what, steps: [...own], raw }]
}

function problemTrouble(problem: Extract<PageState, { phase: 'starting' }>['problem']): TroubleView[] {
  if (problem === null) return []
  const { code, title } = problem
  return [{ reason: code, severity: 'error', title, what: problemWords(problem), steps: [], raw: '' }]
}

function unableTrouble({ problem }: Extract<PageState, { phase: 'unable' }>): TroubleView {
  const common = { severity: 'error', raw: '' } as const
  if (problem !== null && problem.code !== 'journal_unavailable') {
    return { ...common, reason: problem.code, title: problem.title, what: problem.detail, steps: [problem.hint] }
  }
  if (problem !== null) {
    const steps = [
      'Open this page in a normal window: private windows keep nothing.',
      'Allow this site to keep data, in the settings of the browser.',
      'See that the disk of this machine is not full, and load the page again.',
    ]
    return { ...common, reason: problem.code, title: problem.title, what: problem.detail, steps }
  }
  return {
    ...common,
    reason: 'insecure-context',
    title: 'The address of this page is not secure',
    what: 'Browsers give the lock that keeps two tabs from printing the same only to pages with https, and to those of this very machine.',
    steps: [
      'Open Andon by an address that begins with https://, or with http://localhost on the machine of the server.',
      'If there is no such address, drive this station without a browser: andon station',
      'If the address begins with https:// already, this browser is too old: bring it up to date.',
    ],
  }
}

/** Whether the page drives and this printer is not among those that it was given. */
export function isLeftToOthers(state: PageState, printer: Pick<PrinterView, 'driver' | 'name'>): boolean {
  return state.phase === 'driving' && printer.driver === 'qz' && !state.printers.includes(printer.name)
}
