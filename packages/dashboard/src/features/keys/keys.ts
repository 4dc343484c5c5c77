import { useEffect, useRef } from 'react'
import { preferences } from '../preferences/preferences.ts'

/** What a key does; false when it did nothing, so that the next one is asked. */
export type KeyAct = (event: KeyboardEvent) => boolean | void

/** `g o` for one after the other, `mod+k` for Ctrl or Command, otherwise what `KeyboardEvent.key` says. */
export type Keys = Readonly<Record<string, KeyAct>>

const layers: { current: Keys }[] = []
const SEQUENCE_MS = 1200
let prefix: { readonly key: string; readonly at: number } | null = null

/** Keys that work while the component is there; those of the innermost one come first. */
export function useKeys(keys: Keys): void {
  const layer = useRef(keys)
  layer.current = keys
  useEffect(() => {
    layers.push(layer)
    return () => void layers.splice(layers.indexOf(layer), 1)
  }, [])
}

/** Listens to the keyboard. Call once. */
export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.altKey) return
    const hasModifier = event.ctrlKey || event.metaKey
    if (hasModifier) return run(`mod+${event.key.toLowerCase()}`, event)
    if (!preferences.get().hasKeys && event.key !== 'Escape') return
    if (isWriting(event.target) || isInWindow(event.target)) return
    const isSecond = prefix !== null && event.timeStamp - prefix.at < SEQUENCE_MS
    const key = isSecond && prefix !== null ? `${prefix.key} ${event.key}` : event.key
    prefix = !isSecond && event.key === 'g' ? { key: 'g', at: event.timeStamp } : null
    run(key, event)
  })
}

function run(key: string, event: KeyboardEvent): void {
  for (const layer of layers.toReversed()) {
    const act = layer.current[key]
    if (act === undefined || act(event) === false) continue
    event.preventDefault()
    return
  }
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button'].includes(target.type)
  return target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName)
}

/** Windows and menus have keys of their own. */
function isInWindow(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('[role=dialog],[role=alertdialog],[role=menu]') !== null
}
