import { setImmediate } from 'node:timers/promises'
import { coreErrors, type Clock } from '../../core/index.ts'

/** Time that a test moves. Between two moments every promise that can settle does. */
export interface SimulatedClock extends Clock {
  /** Goes from one scheduled moment to the next until `ms` have passed. */
  advance(ms: number): Promise<void>
  /** Tasks that wait for their time. */
  readonly scheduled: number
}

interface Task {
  readonly atMs: number
  readonly order: number
  /** `null`: cancelled, or done. */
  run: (() => void) | null
}

export function createSimulatedClock(): SimulatedClock {
  const tasks: Task[] = [] // a heap by time, then by order of arrival
  let nowMs = 0
  let order = 0

  function schedule(ms: number, run: () => void): () => void {
    const task: Task = { atMs: nowMs + Math.max(0, ms), order: order++, run }
    push(tasks, task)
    return () => {
      task.run = null
    }
  }

  function runDue(): void {
    const atMs = tasks[0]!.atMs
    nowMs = Math.max(nowMs, atMs)
    while (tasks[0]?.atMs === atMs) {
      const task = pop(tasks)
      const { run } = task
      task.run = null
      run?.()
    }
  }

  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    schedule,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(coreErrors.CANCELLED())
        const cancel = schedule(ms, () => {
          signal?.removeEventListener('abort', stop)
          resolve()
        })
        const stop = () => {
          cancel()
          reject(coreErrors.CANCELLED())
        }
        signal?.addEventListener('abort', stop, { once: true })
      }),
    async advance(ms) {
      const untilMs = nowMs + ms
      await setImmediate()
      while (tasks.length > 0 && tasks[0]!.atMs <= untilMs) {
        runDue()
        await setImmediate()
      }
      nowMs = untilMs
    },
    get scheduled() {
      return tasks.filter(({ run }) => run !== null).length
    },
  }
}

function isBefore(one: Task, other: Task): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)
}

function push(heap: Task[], task: Task): void {
  let index = heap.push(task) - 1
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (!isBefore(task, heap[parent]!)) break
    heap[index] = heap[parent]!
    index = parent
  }
  heap[index] = task
}

function pop(heap: Task[]): Task {
  const top = heap[0]!
  const last = heap.pop()!
  if (heap.length > 0) sink(heap, last)
  return top
}

function sink(heap: Task[], task: Task): void {
  let index = 0
  for (let child = 1; child < heap.length; child = 2 * index + 1) {
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
    if (!isBefore(heap[child]!, task)) break
    heap[index] = heap[child]!
    index = child
  }
  heap[index] = task
}
