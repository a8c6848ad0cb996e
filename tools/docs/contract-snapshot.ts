import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compareSnapshots, contractSnapshot, stableJson, type ContractSnapshot } from 'banyan/contract'
import { shop } from 'shop'

export const SNAPSHOT = 'packages/shop/contract-snapshot.json'

/**
 * What callers of the shop rely on. Additions update the file; what would break them is refused here, so that
 * neither the test nor `npm run generate` lets it pass. To break on purpose, delete the file and say why in the changelog.
 */
export function describeContracts(root: string): string {
  const snapshot = contractSnapshot(shop.services.map((service) => service.contract))
  const path = join(root, SNAPSHOT)
  if (existsSync(path)) refuseBreaking(JSON.parse(readFileSync(path, 'utf8')) as ContractSnapshot, snapshot)
  return `${stableJson(snapshot)}\n`
}

function refuseBreaking(before: ContractSnapshot, now: ContractSnapshot): void {
  const breaking = compareSnapshots(before, now)
  if (breaking.length > 0) throw new Error(`These changes break callers:\n${breaking.map(String).join('\n')}`)
}
