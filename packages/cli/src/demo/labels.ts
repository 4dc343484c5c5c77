/** One box of a manufacturing order. */
export interface Box {
  readonly order: string
  readonly product: string
  readonly lot: string
  readonly number: number
  readonly of: number
}

/** A 4 × 6 inch carton label at 203 dpi: product, order, lot, box count and a Code 128 of the box. */
export function cartonLabel({ order, product, lot, number, of }: Box): string {
  return [
    '^XA^CI28^PW812^LL1218',
    '^FO40,40^GB732,1138,4^FS',
    `^FO70,80^A0N,44,44^FDLABEX DEMO^FS`,
    `^FO70,170^A0N,64,64^FB680,2,8,L^FD${product}^FS`,
    `^FO70,350^GB680,3,3^FS`,
    `^FO70,390^A0N,36,36^FDOrder^FS^FO300,384^A0N,48,48^FD${order}^FS`,
    `^FO70,470^A0N,36,36^FDLot^FS^FO300,464^A0N,48,48^FD${lot}^FS`,
    `^FO70,550^A0N,36,36^FDBox^FS^FO300,530^A0N,84,84^FD${number} / ${of}^FS`,
    `^FO70,680^GB680,3,3^FS`,
    `^FO110,730^BY3^BCN,240,Y,N,N^FD${boxReference({ order, number })}^FS`,
    `^FO70,1090^A0N,28,28^FDDemonstration: not for sale^FS`,
    '^XZ',
  ].join('\n')
}

/** What a box is called in lists and searches. */
export function boxReference({ order, number }: { order: string; number: number }): string {
  return `${order}-B${String(number).padStart(3, '0')}`
}
