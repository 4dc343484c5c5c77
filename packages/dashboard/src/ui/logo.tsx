/** What the light stack shows: the same three levels as the board's headline. */
export type StackLight = 'ok' | 'warn' | 'bad'

const LIGHTS = [
  { light: 'bad', y: 2, fill: 'fill-bad-solid' },
  { light: 'warn', y: 10.5, fill: 'fill-warn-solid' },
  { light: 'ok', y: 19, fill: 'fill-ok-solid' },
] as const

/** The mark: the stack of lights that stands on machines. Without `lit` all three are on. */
export function Logo({ lit, size = 28 }: { readonly lit?: StackLight; readonly size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" className="shrink-0">
      {LIGHTS.map(({ light, y, fill }) => (
        <rect
          key={light}
          x="9"
          y={y}
          width="14"
          height="7.5"
          rx="2.2"
          className={lit === undefined || lit === light ? fill : 'fill-idle-solid opacity-35'}
        />
      ))}
      <rect x="6" y="28" width="20" height="2.6" rx="1.3" className="fill-current" />
    </svg>
  )
}
