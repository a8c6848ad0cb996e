import { readFileSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Loaded before everything else into each process of an app under chaos (`--import`). It moves the wall clock that JavaScript sees,
// as a machine does whose clock is set: `Date`, and with it whatever reads the time of day. Timers and the monotonic clock do not
// jump on such a machine either. What is asked of the database is the database's own time.
skewClock(new URL(import.meta.url).searchParams.get('folder')!, process.pid)

/** By as many milliseconds as the folder's file of that name says; told back in another file, as the time that is read from now on. */
export function skewClock(folder: string, processId: number): void {
  const RealDate = Date
  const realNow = RealDate.now.bind(RealDate)
  let offsetMs = 0
  const now = () => realNow() + offsetMs
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: unknown[], asked) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, asked) as Date,
    apply: () => new RealDate(now()).toString(),
    get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
  })
  const name = String(processId)
  watch(folder, { persistent: false }, (_, changed) => {
    if (changed !== name) return
    offsetMs = Number(readFileSync(join(folder, name), 'utf8'))
    writeFileSync(join(folder, `${name}.reads`), String(now()))
  })
}
