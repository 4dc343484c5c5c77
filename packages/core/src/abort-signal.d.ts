/** The one global of the web platform that the ports name; every runtime has it, and here it has no methods. */
interface AbortSignal {
  readonly aborted: boolean
}
