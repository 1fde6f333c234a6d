import type shaka from 'shaka-player/dist/shaka-player.compiled-es2021.js'
import { expect, test } from 'vitest'

import { Neighbours } from './neighbours'

/** A player whose prepared manifests are told from outside how they ended. */
function playerThatPrepares() {
  const asked: string[] = []
  const ends: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []
  const preload = (uri: string): Promise<shaka.media.PreloadManager> => {
    asked.push(uri)
    const end = new Promise<void>((resolve, reject) => ends.push({ resolve, reject })) // Node 20 has no withResolvers
    const manager = { uri, waitForFinish: () => end, destroy: () => Promise.resolve() }
    return Promise.resolve(manager as unknown as shaka.media.PreloadManager)
  }
  return { player: { preload } as unknown as Pick<shaka.Player, 'preload'>, asked, ends }
}

const later = () => new Promise((resolve) => setTimeout(resolve))

test('what is prepared is handed over once', async () => {
  const { player, asked } = playerThatPrepares()
  const neighbours = new Neighbours(player)
  neighbours.keep(['/a', '/b'])
  expect(asked).toEqual(['/a', '/b'])
  expect(await neighbours.take('/a')).toMatchObject({ uri: '/a' })
  expect(await neighbours.take('/a')).toBeNull()
})

test('what could not be prepared is not handed over, is prepared anew, and is no fault of the page', async () => {
  const { player, asked, ends } = playerThatPrepares()
  const neighbours = new Neighbours(player)
  neighbours.keep(['/a'])
  await later()
  ends[0]?.reject(new Error('no network')) // unhandled it would fail this run
  await later()
  expect(await neighbours.take('/a')).toBeNull()
  neighbours.keep(['/a'])
  expect(asked).toEqual(['/a', '/a'])
  expect(await neighbours.take('/a')).toMatchObject({ uri: '/a' })
})

test('a failure of what has been dropped leaves what is prepared since', async () => {
  const { player, ends } = playerThatPrepares()
  const neighbours = new Neighbours(player)
  neighbours.keep(['/a'])
  neighbours.keep([])
  neighbours.keep(['/a'])
  await later()
  ends[0]?.reject(new Error('gone'))
  await later()
  expect(await neighbours.take('/a')).toMatchObject({ uri: '/a' })
})
