import { styleText } from 'node:util'

/** A colour or weight, or several. */
export type Style = Parameters<typeof styleText>[0]

/** Colours a text, or leaves it as it is where colours are not wanted. */
export type Paint = (style: Style, text: string) => string

/** Colour only on a terminal, and never when NO_COLOR is set (https://no-color.org). */
export function paintFor(options: { readonly isTerminal: boolean; readonly noColor: boolean }): Paint {
  if (!options.isTerminal || options.noColor) return (_style, text) => text
  return (style, text) => styleText(style, text, { validateStream: false })
}
