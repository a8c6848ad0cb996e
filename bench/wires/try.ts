import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { generate } from './generate.ts'
const [seconds = '4', prof = ''] = process.argv.slice(2)
const node = process.execPath
async function up(file: string, args: string[], name: string) {
  const flags = prof
    ? ['--cpu-prof', '--cpu-prof-dir', prof, '--cpu-prof-name', `${name}.cpuprofile`, '--import', '/tmp/exit.mjs']
    : []
  const child = spawn('taskset', ['-c', '0', node, ...flags, new URL(file, import.meta.url).pathname, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout, 'data')
  return { child, line: String(line).trim() }
}
const service = await up('serve-service.ts', ['stream'], 'service')
const gateway = await up('serve-gateway.ts', ['stream', service.line], 'gateway')
const port = Number(new URL(gateway.line).port)
const path = '/api/v2/products/1001'
await generate({ port, path, connections: 64, seconds: 2 })
for (const connections of [64, 1, 64, 1]) {
  const before = [gateway, service].map(({ child }) => cpu(child.pid!))
  const io = [gateway, service].map(({ child }) => sys(child.pid!))
  const m = await generate({ port, path, connections, seconds: Number(seconds) })
  const used = [gateway, service].map(({ child }, i) => ((cpu(child.pid!) - before[i]!) * 10_000) / m.requests)
  const calls = [gateway, service].map(({ child }, i) =>
    sys(child.pid!).map((n, j) => ((n - io[i]![j]!) / m.requests).toFixed(2)),
  )
  console.log(
    JSON.stringify(calls),
    connections,
    `${m.perSecond}/s p50 ${m.p50Ms.toFixed(2)} p99 ${m.p99Ms.toFixed(2)} failed ${m.failed} cpu gateway ${used[0]!.toFixed(1)} service ${used[1]!.toFixed(1)} µs`,
  )
}
gateway.child.kill('SIGINT')
service.child.kill('SIGINT')
await once(gateway.child, 'exit')

function cpu(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return Number(fields[11]) + Number(fields[12])
}

function sys(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/io`, 'utf8')
  const st = readFileSync(`/proc/${pid}/status`, 'utf8')
  return [
    ...['syscr', 'syscw'].map((k) => Number(new RegExp(`${k}: (\\d+)`).exec(text)![1])),
    ...['nonvoluntary_ctxt_switches', 'voluntary_ctxt_switches'].map((k) =>
      Number(new RegExp(`^${k}:\\s+(\\d+)`, 'm').exec(st)![1]),
    ),
  ]
}
