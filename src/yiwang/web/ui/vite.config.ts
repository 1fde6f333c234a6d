import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

const NODE = 'http://localhost:8080' // `npm run dev` shows a running node's channels with pages that reload themselves

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../static',
    emptyOutDir: true,
    assetsInlineLimit: 0, // no data: addresses, so the content security policy can forbid them
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800, // Shaka Player is 700 kB and has a file of its own
    rolldownOptions: {
      input: { tv: 'index.html', console: 'console.html', api: 'api.html' },
      output: {
        codeSplitting: { groups: [{ name: 'shaka', test: /shaka-player/ }] },
      },
    },
  },
  server: { proxy: { '/api': NODE, '/live': NODE } },
  test: { include: ['src/**/*.test.ts'] },
})
