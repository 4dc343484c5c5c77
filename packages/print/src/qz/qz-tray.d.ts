/** What is used of the package `qz-tray`, which has no types of its own. It keeps one connection for the whole process. */
declare module 'qz-tray' {
  export interface QzPort {
    readonly secure: readonly number[]
    readonly insecure: readonly number[]
  }

  export interface QzConnectOptions {
    readonly host?: readonly string[]
    readonly port?: QzPort
    readonly usingSecure?: boolean
    /** Seconds between pings; 0 for none. */
    readonly keepAlive?: number
    readonly retries?: number
  }

  /** A printer with the options of one call, made by `configs.create`. */
  export interface QzConfig {
    getPrinter(): unknown
  }

  export interface QzApi {
    readonly api: {
      getVersion(): Promise<string>
      setPromiseType(promiser: <T>(executor: ConstructorParameters<typeof Promise<T>>[0]) => Promise<T>): void
      setWebSocketType(type: unknown): void
    }
    readonly configs: { create(printer: string, options?: Readonly<Record<string, unknown>>): QzConfig }
    readonly printers: {
      clearQueue(options: { readonly printerName: string; readonly jobId?: number }): Promise<unknown>
      /** All names; only a question for one is answered with a single text. */
      find(): Promise<string[]>
      getStatus(): Promise<unknown>
      setPrinterCallbacks(onEvent: (event: unknown) => void): void
      startListening(names: readonly string[]): Promise<unknown>
      stopListening(): Promise<unknown>
    }
    readonly security: {
      setCertificatePromise(
        factory: (resolve: (certificate: string) => void, reject: (error: unknown) => void) => void,
        options: { readonly rejectOnFailure: boolean },
      ): void
      setSignatureAlgorithm(name: 'SHA512'): void
      setSignaturePromise(
        factory: (text: string) => (resolve: (signature: string) => void, reject: (error: unknown) => void) => void,
      ): void
    }
    readonly websocket: {
      connect(options: QzConnectOptions): Promise<unknown>
      isActive(): boolean
      setClosedCallbacks(onClosed: () => void): void
      setErrorCallbacks(onError: () => void): void
    }
    print(config: QzConfig, data: readonly unknown[]): Promise<unknown>
  }

  const qz: QzApi
  // oxlint-disable-next-line import/no-default-export -- this is what the package exports
  export default qz
}
