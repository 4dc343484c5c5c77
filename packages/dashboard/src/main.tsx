import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { listenToKeys } from './features/keys/keys.ts'
import { followSystemTheme } from './features/preferences/preferences.ts'
import { queries, wakeWithPage } from './live/andon.ts'
import { router } from './routes/router.tsx'
import './theme.css'

followSystemTheme()
listenToKeys()
wakeWithPage()

const root = document.getElementById('root')
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  )
}
