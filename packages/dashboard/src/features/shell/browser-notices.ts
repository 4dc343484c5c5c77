import { preferences } from '../preferences/preferences.ts'

/** What the browser shows beside the page. */
export interface BrowserNotice {
  readonly title: string
  readonly text?: string
  /** A later one with the same word takes the place of this one. */
  readonly about?: string
  readonly onPick?: () => void
}

/** Whether this browser can notify at all; over plain HTTP from another machine it cannot. */
export const canNotify: boolean = 'Notification' in globalThis && isSecureContext

/** Asks the person for permission. True when it was given. */
export async function askToNotify(): Promise<boolean> {
  return canNotify && (await Notification.requestPermission()) === 'granted'
}

/** Notifies while the page is out of sight, if the person wants that and the browser allows it. */
export function notifyOutside({ title, text, about, onPick }: BrowserNotice): void {
  const isWanted = document.hidden && preferences.get().hasNotices
  if (!isWanted || !canNotify || Notification.permission !== 'granted') return
  try {
    const shown = new Notification(title, {
      icon: '/favicon.svg',
      ...(text === undefined ? {} : { body: text }),
      ...(about === undefined ? {} : { tag: about }),
    })
    shown.addEventListener('click', () => {
      window.focus()
      onPick?.()
      shown.close()
    })
  } catch {
    // Telephones allow it to service workers only; the toast is there all the same.
  }
}
