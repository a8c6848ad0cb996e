import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { after, before, describe, test } from 'node:test'
import { createHttpPipelines } from './http-pipelines.ts'
import { nodeHttp } from './node-http.ts'

const REFUSED = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/** What the server was asked for, in order; whoever asks for `/slow` is answered on `finishSlow`, for `/early` before the body. */
const asked: string[] = []
const slow: ServerResponse[] = []
const pipelines = createHttpPipelines()
const answer: RequestListener = (request, response) => {
  asked.push(request.url!)
  if (request.url === '/slow') slow.push(response)
  else if (request.url === '/end') endWith(response, '/end')
  else if (request.url === '/early') response.end('/early')
  else request.resume().once('end', () => response.end(request.url))
}
const server = nodeHttp.createServer(pipelines.guard(answer))
server.on('clientError', (_error, socket) => pipelines.end(socket, REFUSED))
server.on('connect', (_request, socket) => pipelines.end(socket, REFUSED))
server.on('checkExpectation', ({ socket }: IncomingMessage) => pipelines.end(socket, REFUSED))
before(async () => void (await once(server.listen(0, '127.0.0.1'), 'listening')))
after(() => server.close())

const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
const POST = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${body}`

describe('what comes behind a whole request', () => {
  const CASES: Readonly<Record<string, string>> = {
    'a byte of rubbish': '\0',
    CONNECT: 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
    'an expectation': 'POST /next HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nContent-Length: 0\r\n\r\n',
    'a body that is none': POST('/broken', 'zz\r\n'),
  }
  for (const [name, rest] of Object.entries(CASES)) {
    test(`${name}: the request is answered, and its answer ends the connection`, async () => {
      const answers = await send(GET('/slow') + rest + GET('/next'), finishSlow)
      assert.deepEqual(answers.bodies, ['/slow'])
      assert.match(answers.text, /Connection: close/)
      assert.ok(!answers.asked.includes('/next'))
    })
  }

  test('more rubbish behind rubbish changes nothing', async () => {
    const answers = await send(`${GET('/slow')}\0`, (socket) => socket.write('\0', () => setTimeout(finishSlow, 10)))
    assert.deepEqual(answers.bodies, ['/slow'])
  })

  test('several that wait: the last of them ends the connection', async () => {
    const answers = await send(`${GET('/slow')}${GET('/a')}${GET('/b')}\0`, finishSlow)
    assert.deepEqual(answers.bodies, ['/slow', '/a', '/b'])
    assert.equal(answers.text.match(/Connection: close/g)?.length, 1)
  })

  test('nothing that waits: it gets an answer of its own', async () => {
    const answers = await send(GET('/a'), (socket) => socket.write('\0'))
    assert.deepEqual(answers.statuses, ['200', '400'])
  })

  test('behind an answer that ends the connection nothing is carried out', async () => {
    const answers = await send(GET('/end') + GET('/next'))
    assert.deepEqual([answers.bodies, answers.asked], [['/end'], ['/end']])
  })
})

test('what is no request from its start on is refused, and what hides behind it not carried out', async () => {
  for (const start of ['\0', 'POST / HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nContent-Length: 0\r\n\r\n']) {
    const answers = await send(start + GET('/next'))
    assert.deepEqual([answers.statuses, answers.asked], [['400'], []])
  }
})

test('a request that breaks off within its body is refused, once answered it gets no second answer', async () => {
  assert.deepEqual((await send(POST('/a', 'zz\r\n'))).statuses, ['400'])
  const answers = await send(POST('/early', '1\r\na\r\n'), (socket) => socket.write('zz\r\n'))
  assert.deepEqual(answers.bodies, ['/early'])
})

test('a reset by a peer that asked for CONNECT, while an answer is to come, ends nothing but its connection', async () => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(`${GET('/slow')}CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n`)
  await once(server, 'connect')
  socket.resetAndDestroy()
  await once(slow[0]!, 'close')
  slow.length = 0
  assert.deepEqual((await send(GET('/end'))).bodies, ['/end'])
})

test('who asks on and on behind an end that is still to come is not read from', async () => {
  for (const end of ['POST / HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nContent-Length: 0\r\n\r\n', GET('/end')]) {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const [served] = (await once(server, 'connection')) as [Socket]
    socket.on('error', () => null) // it is cut off while it sends
    socket.write(GET('/slow') + end + GET('/next').repeat(500_000))
    let read = -1
    while (served.bytesRead !== read) {
      read = served.bytesRead
      await pause(100)
    }
    assert.ok(read > 0 && read < 1_000_000, `${read} bytes were read`)
    finishSlow()
    await once(served, 'close')
  }
})

function endWith(response: ServerResponse, text: string): void {
  response.shouldKeepAlive = false
  response.end(text)
}

function finishSlow(): void {
  for (const response of slow.splice(0)) response.end('/slow')
}

interface Answers {
  readonly text: string
  readonly statuses: readonly string[]
  readonly bodies: readonly string[]
  readonly asked: readonly string[]
}

/** Sends bytes as they are and, once the server has begun with them, goes on; reads until the server closes. */
async function send(text: string, then?: (socket: ReturnType<typeof connect>) => void): Promise<Answers> {
  asked.length = 0
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let received = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk))
  socket.write(text, 'latin1')
  if (then) {
    while (slow.length === 0 && received === '') await new Promise((resolve) => setImmediate(resolve))
    then(socket)
  }
  await once(socket, 'close')
  const answers = received.split('HTTP/1.1 ').slice(1)
  return {
    text: received,
    statuses: answers.map((each) => each.slice(0, 3)),
    bodies: answers.map((each) => /\/\w+/.exec(each.slice(each.indexOf('\r\n\r\n')))?.[0] ?? ''),
    asked: [...asked],
  }
}
