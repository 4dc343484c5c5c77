const WIDTH = 200
const HEIGHT = 36
const GAP = 1

interface SparklineProps {
  readonly counts: readonly number[]
  /** All of it in words. */
  readonly label: string
}

/** How often in each hour or day, as small bars: the highest fills the height. */
export function Sparkline({ counts, label }: SparklineProps) {
  const most = Math.max(1, ...counts)
  const step = WIDTH / Math.max(1, counts.length)
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-9 w-full max-w-64 md:w-52"
    >
      <rect x={0} y={HEIGHT - 1} width={WIDTH} height={1} className="fill-line" />
      {counts.map((count, place) => {
        const height = count === 0 ? 0 : Math.max(2, (count / most) * HEIGHT)
        const width = Math.max(1, step - GAP)
        return (
          // The place of a bar is what it is.
          // oxlint-disable-next-line react/no-array-index-key -- bars have no other name than their place
          <rect
            key={place}
            x={place * step}
            y={HEIGHT - height}
            width={width}
            height={height}
            className="fill-bad-solid"
          />
        )
      })}
    </svg>
  )
}
