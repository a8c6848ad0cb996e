import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/**
 * How the connections of an HTTP/1.1 server end, also when requests are pipelined (RFC 9112, 9.3.2 and 9.6). Left to itself Node
 * carries out what it will not answer any more, and what is no request is answered in the place of a request before it.
 */
export interface HttpPipelines {
  /**
   * Passes on each request that can be answered. Behind an answer that ends the connection (by `shouldKeepAlive`) nothing can: it
   * is not carried out either, and `Connection: close` tells its client so.
   */
  guard(listener: RequestListener): RequestListener
  /** Whether no request has come behind this one. Only the last may end the connection: the others are under way. */
  isLast(response: ServerResponse): boolean
  /**
   * Ends a connection on which something came that is no request: with the answer to the last whole request if that is still to
   * come, else with `lastWords`. Whoever does not close his side within a second is cut off.
   */
  end(socket: Duplex, lastWords: string): void
  /** Resolves when every answer that is to come now has left, or its connection has closed. */
  answered(): Promise<void>
}

interface Pipeline {
  latest: ServerResponse | null
  /** The one before, while its answer is to come: the latest may break off within its body. */
  previous: ServerResponse | null
  isEnding: boolean
}

export function createHttpPipelines(): HttpPipelines {
  const pipelines = new Map<Duplex, Pipeline>()

  function pipelineOf(socket: Duplex): Pipeline {
    const known = pipelines.get(socket)
    if (known) return known
    const pipeline = { latest: null, previous: null, isEnding: false }
    pipelines.set(socket, pipeline)
    socket.once('close', () => pipelines.delete(socket))
    return pipeline
  }

  return {
    guard: (listener) => (request, response) => {
      const pipeline = pipelineOf(request.socket)
      const { latest, isEnding } = pipeline
      if (isEnding || latest?.shouldKeepAlive === false) return stopReading(request.socket)
      pipeline.previous = toCome(latest)
      pipeline.latest = response
      listener(request, response)
    },

    isLast: (response) => pipelineOf(response.req.socket).latest === response,

    end(socket, lastWords) {
      const pipeline = pipelineOf(socket)
      if (pipeline.isEnding) return
      pipeline.isEnding = true
      const { latest, previous } = pipeline
      const isWhole = latest?.req.complete ?? true
      const owed = toCome(isWhole ? latest : previous)
      if (owed) endWith(owed, socket)
      // A second answer to a request that broke off after its first would be taken for that to another request.
      else endSocket(socket, isWhole || !latest?.headersSent ? lastWords : '')
    },

    async answered() {
      // The latest of a connection is answered last.
      const owed = [...pipelines.values()].flatMap(({ latest }) => toCome(latest) ?? [])
      await Promise.all(owed.map((response) => once(response, 'close')))
    },
  }
}

/** Node keeps whatever is asked until the connection closes. Later, as it reads on when a message is complete. */
function stopReading(socket: Duplex): void {
  process.nextTick(() => socket.pause())
}

function toCome(response: ServerResponse | null): ServerResponse | null {
  return response?.writableFinished ? null : response
}

function endWith(response: ServerResponse, socket: Duplex): void {
  response.shouldKeepAlive = false
  response.once('close', () => endSocket(socket, ''))
  endOnError(socket)
}

/** How long a peer may take to close its side, milliseconds. */
const LINGER_MS = 1_000

function endSocket(socket: Duplex, lastWords: string): void {
  endOnError(socket)
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref()
  socket.once('close', () => clearTimeout(timer))
  if (!socket.writableEnded) socket.end(lastWords) // Node ends it, too, behind an answer that says so
}

/** Node no longer listens to a socket that has asked for CONNECT: a reset would end the process. */
function endOnError(socket: Duplex): void {
  socket.on('error', () => socket.destroy())
  socket.resume()
}
