import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createProtoFiles, emptyProtoLock, printProto, PROTO_LOCK, stableJson, type ProtoLock } from 'banyan/contract'
import { shop } from 'shop'
import type { GeneratedFile } from '../generated-file.ts'

const FOLDER = 'packages/shop/proto'
const LOCK = `${FOLDER}/${PROTO_LOCK}`

/**
 * The `.proto` files of the shop and the numbers that they use. Additions update them; what would break a client or server that was
 * built from them is refused here, so that neither the test nor `npm run generate` lets it pass.
 */
export const PROTO_FILES: readonly GeneratedFile[] = [
  ...shop.services.map(({ contract }) => {
    const { path } = createProtoFiles([contract], emptyProtoLock(shop.name)).files[0]!
    return {
      path: `${FOLDER}/${path}`,
      make: async (root: string) => printProto(protoFiles(root).files.find((file) => file.path === path)!),
    }
  }),
  { path: LOCK, make: async (root) => stableJson(protoFiles(root).lock) },
]

function protoFiles(root: string) {
  const path = join(root, LOCK)
  const lock = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ProtoLock) : emptyProtoLock(shop.name)
  return createProtoFiles(
    shop.services.map(({ contract }) => contract),
    lock,
  )
}
