/** The two functions of the codec that are used, and its tables. The package has no types of its own. */
declare module '@sealsystems/ipp' {
  interface Table {
    readonly [name: string]: number | readonly (string | null | undefined)[] | undefined
    readonly lookup: readonly (string | null | undefined)[]
  }
  interface Ipp {
    parse(bytes: Buffer): unknown
    serialize(message: Record<string, unknown>): Buffer
    /** By group; what is not in the table of its group is left out of a message without a word. */
    readonly attributes: Record<'Operation' | 'Subscription Description', Record<string, unknown>>
    readonly operations: Table
    readonly statusCodes: { readonly lookup: readonly (string | undefined)[] }
  }
  const ipp: Ipp
  export default ipp
}
