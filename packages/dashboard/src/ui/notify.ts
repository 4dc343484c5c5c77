import { isProblem } from '@andon/core'
import type { ExternalToast } from 'sonner'
import { failureWords } from './problem-words.ts'

export type NoticeLevel = 'success' | 'info' | 'warning' | 'error'

/** One passing message. */
export interface Notice {
  readonly level: NoticeLevel
  readonly title: string
  readonly text?: string
  /** A button: undo, or a way to the thing that is spoken of. */
  readonly action?: { readonly label: string; readonly onPick: () => void }
}

/** What went wrong stays longest: it is to be read to its end. */
const DURATIONS_MS: Record<NoticeLevel, number> = { success: 5_000, info: 8_000, warning: 10_000, error: 12_000 }

/** Shows a message in the corner, and says it to screen readers. What draws it is loaded with the first one. */
export async function notify({ level, title, text, action }: Notice): Promise<void> {
  const { toast } = await import('./toaster.tsx')
  const options: ExternalToast = {
    ...(text === undefined ? {} : { description: text }),
    ...(action === undefined ? {} : { action: { label: action.label, onClick: action.onPick } }),
    duration: DURATIONS_MS[level],
  }
  toast[level](title, options)
}

/** What went wrong, and what to do about it. */
export function notifyError(error: unknown, title = 'That did not work'): void {
  void notify({ level: 'error', title: isProblem(error) ? error.title : title, text: failureWords(error) })
}

/** Runs a command and says what went wrong. Null when it did. */
export async function tried<T>(act: () => Promise<T>): Promise<T | null> {
  try {
    return await act()
  } catch (error) {
    notifyError(error)
    return null
  }
}
