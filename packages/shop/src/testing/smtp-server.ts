import { createServer, type AddressInfo, type Socket } from 'node:net'

/** What the server does with the next messages. */
export type SmtpMood =
  | 'accept'
  /** 451: try again later. */
  | 'busy'
  /** 550 to the recipient: never. */
  | 'unknown-recipient'
  /** Takes the message and hangs up instead of answering. */
  | 'lose-answer'

export interface SmtpServer extends AsyncDisposable {
  readonly url: string
  /** Whole messages, as they came. */
  readonly received: string[]
  mood: SmtpMood
}

/** A mail server with just enough of RFC 5321 for a real client, and four moods. */
export async function startSmtpServer(): Promise<SmtpServer> {
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    converse(socket, server)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const server: SmtpServer = {
    url: `smtp://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    received: [],
    mood: 'accept',
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
  return server
}

function converse(socket: Socket, server: SmtpServer): void {
  let pending = ''
  let inData = false
  socket.setEncoding('latin1')
  socket.write('220 test ESMTP\r\n')
  socket.on('data', (chunk: string) => {
    pending += chunk
    for (;;) {
      const end = pending.indexOf(inData ? '\r\n.\r\n' : '\r\n')
      if (end < 0) return
      const text = pending.slice(0, end)
      pending = pending.slice(end + (inData ? 5 : 2))
      if (inData) takeMessage(text)
      else obey(text)
    }
  })

  function takeMessage(text: string): void {
    inData = false
    server.received.push(text.replace(/^\./gm, ''))
    if (server.mood === 'lose-answer') socket.destroy()
    else socket.write('250 taken\r\n')
  }

  function obey(line: string): void {
    const verb = line.split(' ', 1)[0]!.toUpperCase()
    if (verb === 'DATA') inData = server.mood !== 'busy'
    socket.write(`${answerTo(verb, server.mood)}\r\n`)
    if (verb === 'QUIT') socket.end()
  }
}

function answerTo(verb: string, mood: SmtpMood): string {
  if (verb === 'EHLO') return '250 test'
  if (verb === 'QUIT') return '221 bye'
  if (verb === 'RCPT' && mood === 'unknown-recipient') return '550 no such user here'
  if (verb === 'DATA') return mood === 'busy' ? '451 try again later' : '354 go on'
  return '250 ok'
}
