import type { CupsQueue } from './cups.ts'

interface Size {
  readonly width: number
  readonly height: number
}

/** One printer in the answer to `printers.detail`. */
export interface QzPrinterDetail {
  readonly name: string
  readonly driver: string
  readonly connection: string
  readonly default: boolean
  /** Absent for printers that have none to choose from. */
  readonly trays?: readonly string[]
  readonly sizes: readonly { readonly name: string; readonly in: Size; readonly mm: Size }[]
  /** Dots; -1 when the driver does not say. */
  readonly density: number
}

const MM_PER_INCH = 25.4
const MEDIA = /^(.+)_([\d.]+)x([\d.]+)(mm|in)$/
const LETTER = 'na_letter_8.5x11in'

/** A queue as QZ Tray tells of it. */
export function detailOf(queue: CupsQueue, defaultName: string | null): QzPrinterDetail {
  const media = queue.media.filter((name) => MEDIA.test(name) && !name.startsWith('custom_'))
  return {
    name: queue.name,
    driver: queue.model,
    connection: queue.deviceUri,
    default: queue.name === defaultName,
    ...(queue.trays.length > 0 ? { trays: queue.trays } : {}),
    sizes: (media.length > 0 ? media : [LETTER]).map(sizeOf),
    density: -1,
  }
}

function sizeOf(media: string): QzPrinterDetail['sizes'][number] {
  const [, name = media, width, height, unit] = MEDIA.exec(media) ?? []
  const scale = unit === 'in' ? 1 : 1 / MM_PER_INCH
  const inches = { width: Number(width) * scale, height: Number(height) * scale }
  const mm = { width: inches.width * MM_PER_INCH, height: inches.height * MM_PER_INCH }
  return { name: name.replaceAll('_', '-'), in: inches, mm }
}
