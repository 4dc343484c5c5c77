import type { Paint } from './paint.ts'

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/** A progress bar of a width in columns; null percent: how far it is, is not known. */
export function bar(percent: number | null, width: number, paint: Paint): string {
  if (percent === null) return paint('dim', '░'.repeat(width))
  const eighths = Math.round((Math.min(100, Math.max(0, percent)) / 100) * width * 8)
  const whole = Math.floor(eighths / 8)
  const done = '█'.repeat(whole) + (EIGHTHS[eighths % 8] ?? '')
  return paint('blue', done) + paint('dim', '░'.repeat(Math.max(0, width - whole - (eighths % 8 > 0 ? 1 : 0))))
}
