import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLogger, parseLogLevel, silentLogger, type LogLevel } from './logger.ts'

function capture(level: LogLevel = 'info') {
  const lines: string[] = []
  const logger = createLogger({ level, destination: { write: (line) => void lines.push(line) } })
  return { logger, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> }
}

describe('logger', () => {
  test('writes one JSON object a line, with level, UTC time, bindings, fields and message', () => {
    const { logger, last } = capture()
    logger.child({ service: 'orders' }).warn({ orderId: 'ord_1_x' }, 'slow')
    const { time, ...rest } = last()
    assert.deepEqual(rest, { level: 'warn', service: 'orders', orderId: 'ord_1_x', msg: 'slow' })
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  test('redacts fields, bindings and message', () => {
    const { logger, lines } = capture()
    logger.child({ apiKey: 'hunter2' }).error({ body: { password: 'hunter2' } }, 'failed at postgres://a:hunter2@b/c')
    assert.ok(!lines[0]!.includes('hunter2'), lines[0])
  })

  test('keeps an error readable, as a field and as the fields themselves', () => {
    const { logger, last } = capture()
    logger.error({ err: new TypeError('odd') }, 'x')
    assert.equal((last().err as { type: string }).type, 'TypeError')
    logger.error(new TypeError('odd'), 'x')
    assert.equal((last().error as { message: string }).message, 'odd')
    assert.equal(last().msg, 'x')
  })

  test('makes no line below its level, and does not even look at the fields', () => {
    const { logger, lines } = capture('warn')
    logger.info(Object.defineProperty({}, 'trap', { enumerable: true, get: assert.fail }), 'x')
    silentLogger.child({}).error({}, 'x')
    assert.equal(lines.length, 0)
  })

  test('LOG_LEVEL: anything unknown is a fault that names what is allowed', () => {
    assert.equal(parseLogLevel('debug'), 'debug')
    assert.throws(() => parseLogLevel('loud'), /must be one of debug, info, warn, error, silent/)
  })
})
