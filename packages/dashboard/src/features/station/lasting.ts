import { useEffect, useState } from 'react'

/** Whether something has been so for a while: what passes by itself is not worth a word. */
export function useLasting(isSo: boolean, forMs: number): boolean {
  const [isLasting, setIsLasting] = useState(false)
  useEffect(() => {
    setIsLasting(false)
    if (!isSo) return
    const timer = setTimeout(() => setIsLasting(true), forMs)
    return () => clearTimeout(timer)
  }, [isSo, forMs])
  return isSo && isLasting
}
