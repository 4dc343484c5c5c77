import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    target: 'es2023',
    // The content security policy of the server allows no inline code: nothing may be folded into the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Core's schemas are built when its modules load; a page that only wants its words does not need them.
      treeshake: { moduleSideEffects: (id) => !/packages\/(core|sdk)\/|\/typebox\//.test(id) },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:4646', '/ws': { target: 'ws://127.0.0.1:4646', ws: true } } },
})
