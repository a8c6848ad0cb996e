export type Order = 'same' | 'older' | 'newer' | 'unordered'

/**
 * How one state of the same rows stands to another, told by the versions of each (`p17.s903`). Where one row is newer and another
 * older, or the rows differ, neither is the later state of all: then only reading again tells.
 */
export function compareRowVersions(one: string, other: string): Order {
  if (one === other) return 'same'
  const [ours, theirs] = [parse(one), parse(other)]
  if (ours.size !== theirs.size) return 'unordered'
  let order: Order = 'same'
  for (const [row, version] of ours) {
    const known = theirs.get(row) ?? Number.NaN
    if (Number.isNaN(known) || Number.isNaN(version)) return 'unordered'
    if (version === known) continue
    const here = version > known ? 'newer' : 'older'
    if (order !== 'same' && order !== here) return 'unordered'
    order = here
  }
  return order
}

/** The version of one row; 0: it is not among those that the answer is made of. */
export function versionOfRow(versions: string | null, name: string): number {
  if (versions === null) return 0
  const found = versions.split('.').find((part) => part.startsWith(name) && /^\d+$/.test(part.slice(name.length)))
  return found === undefined ? 0 : Number(found.slice(name.length))
}

function parse(versions: string): Map<string, number> {
  return new Map(
    versions.split('.').map((part) => {
      const digits = /\d+$/.exec(part)
      return digits ? [part.slice(0, digits.index), Number(digits[0])] : [part, Number.NaN]
    }),
  )
}
