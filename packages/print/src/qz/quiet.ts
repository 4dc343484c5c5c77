let isMarking = false

/**
 * A promise that may be rejected without anybody looking. The package `qz-tray` drops some of its own promises, such as
 * that of its greeting when QZ Tray ends at that moment, and a rejection that nobody handles ends a Node process.
 */
class QuietPromise<T> extends Promise<T> {
  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const next = super.then(onFulfilled, onRejected)
    if (isMarking) return next
    isMarking = true
    try {
      void next.then(undefined, () => undefined)
    } finally {
      isMarking = false
    }
    return next
  }
}

/** Makes promises for `qz.api.setPromiseType`. Whoever awaits one still sees its rejection. */
export function quietPromise<T>(executor: ConstructorParameters<typeof Promise<T>>[0]): Promise<T> {
  const promise = new QuietPromise<T>(executor)
  void promise.then(undefined, () => undefined)
  return promise
}
