import { keepCompiled } from './compile-cache.mjs'

if (import.meta.main) keepCompiled(process.env)
// By `await import`: what a file imports at its top is loaded before its first line runs
const server = await import('./build.ts')

export type { BuildOptions, Built } from './build.ts'
export const { build, explain, httpFace, readConfig, version } = server

if (import.meta.main) await server.main(process.env, { stdio: process.argv.includes('--stdio') })
