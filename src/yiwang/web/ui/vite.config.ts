import zlib from 'node:zlib'

import { svelte } from '@sveltejs/vite-plugin-svelte'
import type { Plugin, Rolldown } from 'vite'
import { defineConfig } from 'vitest/config'

const NODE = 'http://localhost:8080' // `npm run dev` shows a running node's channels with pages that reload themselves

type Told = (error: Error | null, packed: Uint8Array) => void

const PACKED: readonly (readonly [string, (text: string | Uint8Array, told: Told) => void])[] = [
  ['gz', (text, told) => zlib.gzip(text, { level: 9 }, told)],
  ['br', (text, told) => zlib.brotliCompress(text, told)],
]

/** Beside each script and style sheet its compressed forms: the node sends them as they are. */
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
          for (const [ending, pack] of PACKED) {
            const source = await new Promise<Uint8Array>((done, fail) => pack(text, (error, packed) => (error ? fail(error) : done(packed))))
            this.emitFile({ type: 'asset', fileName: `${name}.${ending}`, source })
          }
        }
      },
    },
  }
}

/** The web TV's document is shown before its style sheets are there: what it has from the node needs only what is in it. */
function stylesLater(): Plugin {
  const link = /\s*<link rel="stylesheet"[^>]*>/g
  return {
    name: 'styles-later',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (html, { path }) =>
        path === '/index.html' ? html.replace(link, '').replace('</body>', `${(html.match(link) ?? []).join('')}\n  </body>`) : html,
    },
  }
}

/** A script of the web TV's document that waits for nothing, and that nothing waits for. */
function earlyKeys(): Plugin {
  return {
    name: 'early-keys',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { path, bundle }) {
        const script = Object.values(bundle ?? {}).find((file) => file.type === 'chunk' && file.isEntry && file.name === 'early')
        return path === '/index.html' && script ? html.replace('</head>', `  <script type="module" async src="/${script.fileName}"></script>\n  </head>`) : html
      },
    },
  }
}

const WORKER = 'sw.js'

/** All that a page reads, now or later. */
function filesOf(bundle: Rolldown.OutputBundle, entries: readonly string[]): string[] {
  const found = new Set<string>()
  const todo = Object.values(bundle).flatMap((file) => (file.type === 'chunk' && file.isEntry && entries.includes(file.name) ? file.fileName : []))
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    const file = bundle[name]
    if (found.has(name) || file === undefined) continue
    found.add(name)
    if (file.type === 'chunk') todo.push(...file.imports, ...file.dynamicImports, ...(file.viteMetadata?.importedCss ?? []))
  }
  return [...found].sort()
}

/** Writes in the service worker which files it keeps; its text is another when one of them is. */
function keptFiles(): Plugin {
  return {
    name: 'kept-files',
    apply: 'build',
    generateBundle: {
      order: 'post',
      async handler(_, bundle) {
        const [page, worker] = [bundle['index.html'], bundle[WORKER]]
        if (page?.type !== 'asset' || worker?.type !== 'chunk') throw new Error(`no index.html or ${WORKER}`)
        const files = filesOf(bundle, ['tv', 'early']).map((name) => `/${name}`)
        const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode([...files, page.source, worker.code].join()))
        const version = [...new Uint8Array(digest, 0, 6)].map((octet) => octet.toString(16).padStart(2, '0')).join('')
        const shell = JSON.stringify({ version, files: ['/?kept', '/favicon.svg', ...files] })
        worker.code = worker.code.replace('__SHELL__', () => shell)
      },
    },
  }
}

export default defineConfig({
  plugins: [svelte(), stylesLater(), earlyKeys(), keptFiles(), compressed()],
  build: {
    outDir: '../static',
    emptyOutDir: true,
    assetsInlineLimit: 0, // no data: addresses, so the content security policy can forbid them
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800, // Shaka Player is 700 kB and has a file of its own
    rolldownOptions: {
      input: { tv: 'index.html', console: 'console.html', api: 'api.html', worker: 'src/service_worker.ts', early: 'src/early_keys.ts' },
      output: {
        entryFileNames: ({ name }) => (name === 'worker' ? WORKER : 'assets/[name]-[hash].js'),
        codeSplitting: { groups: [
            { name: 'shaka', test: /shaka-player|player\/shaka_library/ },
            // what every page needs, in one request
            { name: 'base', test: /node_modules\/(svelte|esm-env|clsx)\/|\/src\/(styles|components\/(Icon|LanguageSwitch|Mark|StateBadge)|lib\/(i18n\/(catalogue|language\.|more|preferred)|api|keys|quantity|remembered|place|player\/codecs|tuner\/deep_link))/ },
          ] },
      },
    },
  },
  server: { proxy: { '/api': NODE, '/live': NODE } },
  test: { include: ['src/**/*.test.ts'] },
})
