import { External, useExternal } from '../../live/external.ts'

/** What a person chose for this browser. */
export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark'
  readonly contrast: 'system' | 'normal' | 'high'
  /** `local`, or an IANA name such as `Europe/Berlin`. */
  readonly zone: string
  /** Whether keys without Ctrl do something. */
  readonly hasKeys: boolean
  /** Whether the browser notifies while the page is out of sight; its own permission comes on top. */
  readonly hasNotices: boolean
  /** Columns of the jobs table, in their order; null for the usual ones. */
  readonly columns: readonly string[] | null
  /** What the scan box of the floor says of each scan: the operation, null until one is chosen, and the machine. */
  readonly scanOperation: string | null
  readonly scanMachine: string
}

const STORED_AS = 'andon.preferences'
const USUAL: Preferences = {
  theme: 'system',
  contrast: 'system',
  zone: 'local',
  hasKeys: true,
  hasNotices: false,
  columns: null,
  scanOperation: null,
  scanMachine: '',
}

/** `public/theme.js` reads the same before the first paint. */
export const preferences = new External<Preferences>(read())

const shownColours = new External('')

/** Names the colours on the screen, whoever chose them, person or system; renders again when they change. */
export function useShownColours(): string {
  return useExternal(shownColours)
}

/** The choices of this browser; renders again when they change. */
export function usePreferences(): Preferences {
  return useExternal(preferences)
}

/** Changes some of them, keeps them, and shows them at once. */
export function choose(change: Partial<Preferences>): void {
  const next = { ...preferences.get(), ...change }
  preferences.set(next)
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(next))
  } catch {
    // A browser that keeps nothing still shows the choice until it is closed.
  }
  showTheme()
}

/** Puts the theme on the document and follows the system's changes. Call once. */
export function followSystemTheme(): void {
  for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)']) {
    matchMedia(query).addEventListener('change', showTheme)
  }
  showTheme()
}

function showTheme(): void {
  const { theme, contrast } = preferences.get()
  const root = document.documentElement
  const isDark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  root.dataset['theme'] = isDark ? 'dark' : 'light'
  const isHigh = contrast === 'high' || (contrast === 'system' && matchMedia('(prefers-contrast: more)').matches)
  if (isHigh) root.dataset['contrast'] = 'high'
  else delete root.dataset['contrast']
  shownColours.set(`${isDark ? 'dark' : 'light'} ${isHigh ? 'high' : 'normal'}`)
}

function read(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED_AS) ?? '{}')
    return typeof stored === 'object' && stored !== null ? { ...USUAL, ...stored } : USUAL
  } catch {
    return USUAL
  }
}
