export type BarTone = 'run' | 'ok' | 'warn' | 'bad' | 'idle'

const FILLS: Record<BarTone, string> = {
  run: 'bg-run-solid',
  ok: 'bg-ok-solid',
  warn: 'bg-warn-solid',
  bad: 'bg-bad-solid',
  idle: 'bg-idle-solid',
}

export interface ProgressBarProps {
  /** 0 to 100; null while it works and nobody can tell how far. */
  readonly percent: number | null
  readonly tone?: BarTone
  /** Part of the bar, from its filled end backward, that failed: 0 to 100. */
  readonly failedPercent?: number
  readonly label: string
  readonly height?: 'thin' | 'normal' | 'thick'
}

const HEIGHTS = { thin: 'h-1.5', normal: 'h-2', thick: 'h-3.5' } as const

/** How far something is. What failed shows red at the end of what is filled. */
export function ProgressBar({ percent, tone = 'run', failedPercent = 0, label, height = 'normal' }: ProgressBarProps) {
  const good = percent === null ? 0 : Math.max(0, Math.min(100, percent) - failedPercent)
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent === null ? {} : { 'aria-valuenow': Math.round(percent) })}
      className={`flex w-full overflow-hidden rounded-full bg-idle-soft in-data-[contrast=high]:border ${HEIGHTS[height]}`}
    >
      {percent === null ? (
        <span className={`animate-sweep h-full w-2/5 rounded-full ${FILLS[tone]} opacity-70`} />
      ) : (
        <>
          <span className={`h-full transition-[width] duration-300 ${FILLS[tone]}`} style={{ width: `${good}%` }} />
          {failedPercent > 0 ? (
            <span className="h-full bg-bad-solid" style={{ width: `${Math.min(100, failedPercent)}%` }} />
          ) : null}
        </>
      )}
    </div>
  )
}
