// The floor: frames of length (u32), id (u32) and text over one socket, all of one turn of the event loop in one write. No deadlines, no
// cancellation, no limits, no errors, no reconnecting.
const HEAD_BYTES = 8

/** Calls `onFrame(id, text)` for what comes; the returned function sends. */
export function frame(socket, onFrame) {
  const page = Buffer.allocUnsafeSlow(1 << 20)
  let used = 0
  let rest = null
  socket.on('data', (chunk) => {
    const data = rest === null ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (data.length - at >= HEAD_BYTES) {
      const end = at + HEAD_BYTES + data.readUInt32BE(at)
      if (end > data.length) break
      onFrame(data.readUInt32BE(at + 4), data.latin1Slice(at + HEAD_BYTES, end))
      at = end
    }
    rest = at < data.length ? data.subarray(at) : null
  })
  const flush = () => {
    socket.write(Buffer.from(page.subarray(0, used)))
    used = 0
  }
  return (id, text) => {
    if (used === 0) setImmediate(flush)
    const length = page.latin1Write(text, used + HEAD_BYTES)
    page.writeUInt32BE(length, used)
    page.writeUInt32BE(id, used + 4)
    used += HEAD_BYTES + length
  }
}
