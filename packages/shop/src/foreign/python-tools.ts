import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Debian's Python, because its packages belong to it and to no other. */
const PYTHON = '/usr/bin/python3'
const PACKAGES = ['python3-grpcio', 'protobuf-compiler', 'protobuf-compiler-grpc', 'libprotobuf-dev']

/** What protoc and its Python plugin make of `.proto` files, in a temp folder. */
export interface PythonStubs extends AsyncDisposable {
  readonly python: string
  /** For `PYTHONPATH`. */
  readonly folder: string
}

/** @throws with the command that installs what is missing. */
export async function createPythonStubs(files: readonly URL[]): Promise<PythonStubs> {
  await ensureTools()
  const folder = await mkdtemp(join(tmpdir(), 'banyan-proto-'))
  const paths = files.map((file) => file.pathname)
  const roots = [...new Set(files.map((file) => `-I${new URL('.', file).pathname}`))]
  const plugin = '--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin'
  await run('protoc', [plugin, ...roots, `--python_out=${folder}`, `--grpc_python_out=${folder}`, ...paths])
  return { python: PYTHON, folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** Installed where that can be done without asking: as root on Debian, as CI is. */
async function ensureTools(): Promise<void> {
  if (await isInstalled()) return
  const canInstall = process.getuid?.() === 0 && (await succeeds('apt-get', ['--version']))
  if (canInstall) {
    await run('apt-get', ['update', '-qq'])
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES])
  }
  if (await isInstalled()) return
  throw new Error(`This test needs Python with gRPC. Run: apt-get install ${PACKAGES.join(' ')}`)
}

async function isInstalled(): Promise<boolean> {
  const found = [succeeds(PYTHON, ['-c', 'import grpc, google.protobuf']), succeeds('protoc', ['--version'])]
  return (await Promise.all(found)).every(Boolean)
}

async function succeeds(command: string, commandArguments: readonly string[]): Promise<boolean> {
  try {
    await run(command, [...commandArguments])
    return true
  } catch {
    return false // that is the answer
  }
}
