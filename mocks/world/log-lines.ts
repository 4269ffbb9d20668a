import { integerOf, pickOf, unitOf } from './random.ts'

/** What kind of program writes the log. */
export type LogFlavor = 'frontend' | 'worker' | 'training' | 'ray' | 'app' | 'agent'

interface Text {
  text: string
  level: 'debug' | 'info' | 'warn' | 'error'
}

/** An ordinary line of a healthy program: mostly information, now and then a warning or a harmless error. */
export function ordinaryLine(
  flavor: Exclude<LogFlavor, 'frontend'>,
  { key, app, atMs }: { key: string; app: string; atMs: number },
): Text {
  const draw = unitOf(`${key}/level`)
  if (flavor === 'worker') return workerLine(key)
  if (flavor === 'training') return trainingLine(key, atMs)
  if (flavor === 'ray')
    return {
      level: 'info',
      text: `(raylet) [INFO] node_manager.cc:${integerOf(key, 200, 900)}: Spilled 0 objects, restored 0; workers=${integerOf(`${key}/w`, 4, 32)}`,
    }
  if (flavor === 'agent')
    return { level: 'info', text: `I ${app}: sync completed in ${integerOf(key, 2, 60)}ms, 0 errors` }
  if (draw < 0.004)
    return {
      level: 'error',
      text: `level=error msg="request failed" path=/v1/${pickOf(key, PATHS)} status=502 err="upstream connect error" dur=${integerOf(key, 800, 3000)}ms`,
    }
  if (draw < 0.03)
    return {
      level: 'warn',
      text: `level=warn msg="slow request" path=/v1/${pickOf(key, PATHS)} status=200 dur=${integerOf(key, 900, 2500)}ms`,
    }
  return {
    level: 'info',
    text: `level=info msg="request" method=${pickOf(`${key}/m`, ['GET', 'POST'])} path=/v1/${pickOf(key, PATHS)} status=200 dur=${integerOf(key, 3, 180)}ms`,
  }
}

const PATHS = ['orders', 'users', 'search', 'documents', 'sessions', 'quotas', 'health'] as const

function workerLine(key: string): Text {
  const running = integerOf(`${key}/running`, 1, 40)
  const usage = (integerOf(`${key}/kv`, 80, 640) / 10).toFixed(1)
  return {
    level: 'info',
    text: `INFO [loggers.py:123] Engine 000: Avg prompt throughput: ${integerOf(key, 200, 9000)}.0 tokens/s, Avg generation throughput: ${integerOf(`${key}/g`, 100, 3000)}.0 tokens/s, Running: ${running} reqs, Waiting: 0 reqs, GPU KV cache usage: ${usage}%, Prefix cache hit rate: ${integerOf(`${key}/hit`, 20, 80)}.0%`,
  }
}

function trainingLine(key: string, atMs: number): Text {
  const step = Math.floor(atMs / 15_000) % 100_000
  return {
    level: 'info',
    text: `step ${step} | loss ${(1.6 + unitOf(key) * 0.5).toFixed(4)} | grad_norm ${(0.4 + unitOf(`${key}/n`)).toFixed(3)} | lr 2.8e-04 | ${integerOf(key, 38, 46)}.${integerOf(`${key}/d`, 0, 9)}% MFU`,
  }
}
