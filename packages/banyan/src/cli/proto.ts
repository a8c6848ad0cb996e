import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { sayCount } from '../core/index.ts'
import {
  createProtoFiles,
  emptyProtoLock,
  printProto,
  PROTO_LOCK,
  stableJson,
  type ProtoLock,
} from '../contract/index.ts'
import type { AppDefinition } from '../runtime/index.ts'
import { orFail, usageFault } from './terminal/fail.ts'

export function protoCommand(app: AppDefinition): Command {
  return new Command('proto')
    .description('Prints the .proto files of the app: all that a client or server in another language needs.')
    .argument('[service]', 'only that of this service')
    .option('--write <folder>', `writes them there, with ${PROTO_LOCK}; refuses what breaks callers`)
    .action((service: string | undefined, { write }: { write?: string }) =>
      orFail(() => (write === undefined ? print(app, service) : writeAll(app, write))),
    )
}

async function print(app: AppDefinition, service: string | undefined): Promise<void> {
  const contracts = contractsOf(app)
  const names = contracts.map(({ name }) => name)
  if (service !== undefined && !names.includes(service)) {
    throw usageFault('The service', `must be one of ${names.join(', ')}, got '${service}'.`)
  }
  const { files } = createProtoFiles(contracts, app.protoLock ?? emptyProtoLock(app.name))
  const wanted = files.filter((_, index) => service === undefined || names[index] === service)
  process.stdout.write(wanted.map((file) => printProto(file)).join('\n'))
}

async function writeAll(app: AppDefinition, folder: string): Promise<void> {
  const { files, lock } = createProtoFiles(contractsOf(app), await readLock(app, folder))
  await mkdir(folder, { recursive: true })
  for (const file of files) await writeFile(join(folder, file.path), printProto(file))
  await writeFile(join(folder, PROTO_LOCK), stableJson(lock))
  process.stdout.write(`wrote ${sayCount(files.length, 'file')} and ${PROTO_LOCK} to ${folder}\n`)
}

/** That of the folder, so that numbers once given stay; a first one otherwise. */
async function readLock(app: AppDefinition, folder: string): Promise<ProtoLock> {
  try {
    return JSON.parse(await readFile(join(folder, PROTO_LOCK), 'utf8')) as ProtoLock
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return app.protoLock ?? emptyProtoLock(app.name)
    throw error
  }
}

function contractsOf({ services }: AppDefinition) {
  return services.map(({ contract }) => contract)
}
