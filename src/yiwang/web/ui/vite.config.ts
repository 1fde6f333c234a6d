import { svelte } from '@sveltejs/vite-plugin-svelte'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const NODE = 'http://localhost:8080' // `npm run dev` shows a running node's channels with pages that reload themselves

/** Beside each script and style sheet its compressed form: the node sends it as it is. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    generateBundle: {
      order: 'post', // as it is written
      async handler(_, bundle) {
        for (const [name, file] of Object.entries(bundle)) {
          if (!/\.(js|css)$/.test(name)) continue
          const text = file.type === 'chunk' ? file.code : file.source
          const packed = new Blob([text as BlobPart]).stream().pipeThrough(new CompressionStream('gzip'))
          const source = new Uint8Array(await new Response(packed).arrayBuffer())
          this.emitFile({ type: 'asset', fileName: `${name}.gz`, source })
        }
      },
    },
  }
}

export default defineConfig({
  plugins: [svelte(), compressed()],
  build: {
    outDir: '../static',
    emptyOutDir: true,
    assetsInlineLimit: 0, // no data: addresses, so the content security policy can forbid them
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800, // Shaka Player is 700 kB and has a file of its own
    rolldownOptions: {
      input: { tv: 'index.html', console: 'console.html', api: 'api.html' },
      output: {
        codeSplitting: { groups: [
            { name: 'shaka', test: /shaka-player/ },
            // what every page needs, in one request
            { name: 'base', test: /node_modules\/(svelte|esm-env|clsx)\/|\/src\/(styles|components|lib\/(i18n\/(catalogue|language)|api|keys|quantity|remembered|place|tuner\/deep_link))/ },
          ] },
      },
    },
  },
  server: { proxy: { '/api': NODE, '/live': NODE } },
  test: { include: ['src/**/*.test.ts'] },
})
