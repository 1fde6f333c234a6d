/** An answer and its ETag as it came (empty: none); null: the node did not answer, which the stream of events will say. */
export async function ask<T>(url: string): Promise<{ readonly value: T; readonly etag: string } | null> {
  try {
    const response = await fetch(url)
    return response.ok ? { value: (await response.json()) as T, etag: response.headers.get('etag') ?? '' } : null
  } catch {
    return null
  }
}
