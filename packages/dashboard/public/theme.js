// Runs before the first paint, so that a dark room never sees a white flash.
;(() => {
  const root = document.documentElement
  let chosen = {}
  try {
    chosen = JSON.parse(localStorage.getItem('andon.preferences') ?? '{}') ?? {}
  } catch {
    // A browser that keeps nothing, or keeps something broken, gets the system's theme.
  }
  const isDark =
    chosen.theme === 'dark' || (chosen.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  root.dataset.theme = isDark ? 'dark' : 'light'
  const isHigh =
    chosen.contrast === 'high' || (chosen.contrast !== 'normal' && matchMedia('(prefers-contrast: more)').matches)
  if (isHigh) root.dataset.contrast = 'high'
})()
