import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react'

interface LabelledProps {
  readonly label: string
  /** What to write, under the field. */
  readonly hint?: ReactNode
  /** What is wrong with it; announced. */
  readonly error?: string | null | undefined
}

/** A labelled line of text. */
export function TextField({
  label,
  hint,
  error,
  className = '',
  ...rest
}: LabelledProps & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId()
  return (
    <Labelled id={id} label={label} hint={hint} error={error}>
      <input
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-note`}
        className={`field ${className}`}
      />
    </Labelled>
  )
}

/** Several labelled lines of text. */
export function AreaField({
  label,
  hint,
  error,
  className = '',
  ...rest
}: LabelledProps & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId()
  return (
    <Labelled id={id} label={label} hint={hint} error={error}>
      <textarea
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-note`}
        className={`field py-2.5 ${className}`}
      />
    </Labelled>
  )
}

export interface SelectFieldProps extends LabelledProps, SelectHTMLAttributes<HTMLSelectElement> {
  readonly options: readonly { readonly value: string; readonly label: string }[]
}

/** One of a few values, with the browser's own list: it works on every device. */
export function SelectField({ label, hint, error, options, ...rest }: SelectFieldProps) {
  const id = useId()
  return (
    <Labelled id={id} label={label} hint={hint} error={error}>
      <select {...rest} id={id} aria-describedby={`${id}-note`} className="field pr-8">
        {options.map(({ value, label: text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  )
}

function Labelled({
  id,
  label,
  hint,
  error,
  children,
}: LabelledProps & { readonly id: string; readonly children: ReactNode }) {
  return (
    <div className="space-y-1.5">
      <label htmlFor={id} className="block text-sm font-medium">
        {label}
      </label>
      {children}
      <div id={`${id}-note`} className="text-sm empty:-mt-1.5" aria-live="polite">
        {error ? <p className="text-bad">{error}</p> : hint === undefined ? null : <p className="text-muted">{hint}</p>}
      </div>
    </div>
  )
}

export interface SwitchFieldProps {
  readonly label: string
  readonly hint?: string
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
}

/** On or off, at once. */
export function SwitchField({ label, hint, isOn, onChange }: SwitchFieldProps) {
  return (
    <label className="flex min-h-11 cursor-pointer items-center justify-between gap-4 py-1.5">
      <span>
        <span className="block font-medium">{label}</span>
        {hint === undefined ? null : <span className="block text-sm text-muted">{hint}</span>}
      </span>
      <input
        type="checkbox"
        role="switch"
        checked={isOn}
        onChange={(event) => onChange(event.target.checked)}
        className="peer sr-only"
      />
      <span
        aria-hidden="true"
        className={`relative h-7 w-12 shrink-0 rounded-full border transition-colors peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-accent ${isOn ? 'border-accent bg-accent' : 'border-edge bg-idle-soft'}`}
      >
        <span
          className={`absolute top-0.5 size-5.5 rounded-full bg-surface shadow-card transition-transform ${isOn ? 'translate-x-5.5' : 'translate-x-0.5 border border-edge'}`}
        />
      </span>
    </label>
  )
}

/** A box to tick, 44 px around. */
export function Tick({
  label,
  isOn,
  isMixed = false,
  onChange,
}: {
  readonly label: string
  readonly isOn: boolean
  readonly isMixed?: boolean
  readonly onChange: (isOn: boolean, event: { readonly shiftKey: boolean }) => void
}) {
  return (
    <span className="relative grid size-11 shrink-0 place-items-center">
      <input
        type="checkbox"
        aria-label={label}
        checked={isOn}
        ref={(box) => {
          if (box !== null) box.indeterminate = isMixed
        }}
        onChange={(event) => {
          const native = event.nativeEvent
          onChange(event.target.checked, { shiftKey: native instanceof MouseEvent && native.shiftKey })
        }}
        className="size-4.5 cursor-pointer accent-[var(--accent)] before:absolute before:inset-0"
      />
    </span>
  )
}
