/** Shaka Player as a module: what makes one of it lies with it, so nobody waits for that before the player is wanted. */
export { default } from 'shaka-player/dist/shaka-player.compiled-es2021.js'
