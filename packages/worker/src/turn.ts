/** Resolves in a later turn of the event loop, after the input and output that is due. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    // Browsers have no such queue.
    const { setImmediate } = globalThis as { readonly setImmediate?: (act: () => void) => unknown }
    if (setImmediate === undefined) setTimeout(resolve)
    else setImmediate(resolve)
  })
}
