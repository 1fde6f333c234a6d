/** What of Node the build uses; its own types are a package of many megabytes. */

declare module 'node:zlib' {
  type Told = (error: Error | null, packed: Uint8Array) => void
  const zlib: {
    gzip(octets: string | Uint8Array, options: { level: number }, told: Told): void
    brotliCompress(octets: string | Uint8Array, told: Told): void
  }
  export default zlib
}
