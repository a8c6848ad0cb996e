import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { createMergedOutput } from './merged-output.ts'

test('on a terminal each line stands whole behind its process, instances of one in one colour', async () => {
  const { add, written } = record(true)
  const [gateway, first, second] = [add('gateway-1'), add('orders-1'), add('orders-2')]
  first.write('{"msg":"ha')
  gateway.write('listening\n')
  second.write('{"msg":"two"}\n')
  first.end('lf"}\n')
  for (const stream of [gateway, second]) stream.end()
  await new Promise(setImmediate)
  const [cyan, magenta, plain] = ['\u001B[36m', '\u001B[35m', '\u001B[0m']
  assert.deepEqual(written.toSorted(), [
    `${magenta}orders-1  │${plain} {"msg":"half"}\n`,
    `${magenta}orders-2  │${plain} {"msg":"two"}\n`,
    `${cyan}gateway-1 │${plain} listening\n`,
  ])
})

test('elsewhere log lines go out as they are, and others with the name of their process', async () => {
  const { add, written } = record(false)
  const orders = add('orders-1')
  orders.end('{"level":"warn","process":"orders-1"}\r\nSegmentation fault')
  await new Promise(setImmediate)
  assert.deepEqual(written, ['{"level":"warn","process":"orders-1"}\n', 'orders-1 | Segmentation fault\n'])
})

test('more processes than colours: they come round again', async () => {
  const { add, written } = record(true)
  for (let number = 0; number < 11; number++) add(`p${String.fromCodePoint(97 + number)}`).end('x\n')
  await new Promise(setImmediate)
  const colours = written.map((line) => line.slice(0, line.indexOf('m')))
  assert.deepEqual([new Set(colours).size, colours[10]], [10, colours[0]])
})

function record(hasColours: boolean) {
  const written: string[] = []
  const output = createMergedOutput({ write: (text) => void written.push(text), hasColours })
  return {
    written,
    add(name: string): PassThrough {
      const stream = new PassThrough()
      output.add(name, stream)
      return stream
    },
  }
}
