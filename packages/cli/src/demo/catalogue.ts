import type { VirtualPrinterOptions } from '@andon/print/virtual'

/** A printer of the demonstration shop. */
export interface DemoPrinter {
  readonly name: string
  readonly kind: 'label' | 'badge' | 'document'
  readonly location: string
  readonly pool: string | null
  readonly device: Omit<VirtualPrinterOptions, 'name'>
}

export const DEMO_POOL = 'Packing'

export const DEMO_PRINTERS: readonly DemoPrinter[] = [
  {
    name: 'Packing 1',
    kind: 'label',
    location: 'Hall A, line 1',
    pool: DEMO_POOL,
    device: { speed: 350, model: 'Virtual ZT411', supplies: { ribbon: 78 } },
  },
  {
    name: 'Packing 2',
    kind: 'label',
    location: 'Hall A, line 2',
    pool: DEMO_POOL,
    device: { speed: 500, model: 'Virtual ZT411', supplies: { ribbon: 22 } },
  },
  {
    name: 'Shipping',
    kind: 'label',
    location: 'Gate 3',
    pool: null,
    device: { speed: 250, model: 'Virtual ZD621', supplies: { ribbon: 54 } },
  },
  {
    name: 'Returns',
    kind: 'label',
    location: 'Gate 1',
    pool: null,
    device: { speed: 400, model: 'Virtual ZD421', supplies: { ribbon: 91 } },
  },
  {
    name: 'Office A4',
    kind: 'document',
    location: 'Office',
    pool: null,
    device: { speed: 1_200, model: 'Virtual LaserJet', supplies: { black: 12, waste: 64 } },
  },
]

export const DEMO_PRODUCTS = [
  'Oat biscuits 12 × 250 g',
  'Rapeseed oil 6 × 0,75 l',
  'Blackcurrant jam 8 × 340 g',
  'Rye crispbread 10 × 200 g',
  'Camomile tea 20 × 1,5 g',
  'Sea salt flakes 12 × 125 g',
] as const

/** Trouble that happens now and then, with how often in relation to the others. */
export const DEMO_TROUBLE = [
  { keyword: 'media-empty', weight: 4 },
  { keyword: 'media-jam', weight: 3 },
  { keyword: 'cover-open', weight: 2 },
  { keyword: 'marker-supply-empty', weight: 1 },
] as const
